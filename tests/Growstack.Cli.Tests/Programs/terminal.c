// terminal STEP... -- COMMAND...: runs COMMAND on a pseudo terminal of 24 rows; a step is wait:TEXT, send:TEXT (^C, ^Z, ^D, ^M are keys),
// size:ROWS, rest:MS or hangup:, after which there is no terminal any more.
// Copies what the terminal shows to standard output and ends with the command's status, 128+n for a signal; 124 when a text never comes.
#include "proof.h"
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
static char shown[1 << 20];
static size_t length, looked;
static int terminal;
static int pump(int milliseconds)
{
    if (terminal < 0) return -1;
    struct pollfd ready = { terminal, POLLIN, 0 };
    if (poll(&ready, 1, milliseconds) <= 0) return 0;
    ssize_t got = read(terminal, shown + length, sizeof shown - 1 - length);
    if (got <= 0) return -1;
    check(write(1, shown + length, (size_t)got) == got);
    length += (size_t)got;
    return 1;
}
static void wait_for(const char *text)
{
    for (int quiet = 0; quiet < 300;) {
        shown[length] = 0;
        char *found = strstr(shown + looked, text);
        if (found) { looked = (size_t)(found - shown) + strlen(text); return; }
        int got = pump(100);
        if (got < 0) break;
        if (got == 0) quiet++;
    }
    fprintf(stderr, "terminal: \"%s\" never came\n", text);
    exit(124);
}
static void send_keys(const char *text)
{
    for (; *text; text++) {
        char key = text[0] == '^' && text[1] ? (char)(*++text & 31) : *text;
        check(write(terminal, &key, 1) == 1);
    }
}
int main(int argc, char **argv)
{
    int first = 1, status;
    while (first < argc && strcmp(argv[first], "--")) first++;
    check(first + 1 < argc);
    struct winsize size = { 24, 80, 0, 0 };
    pid_t child = forkpty(&terminal, NULL, NULL, &size);
    check(child >= 0);
    if (child == 0) { execvp(argv[first + 1], argv + first + 1); _exit(127); }
    for (int i = 1; i < first; i++) {
        char *value = strchr(argv[i], ':') + 1;
        if (!strncmp(argv[i], "wait:", 5)) wait_for(value);
        else if (!strncmp(argv[i], "send:", 5)) send_keys(value);
        else if (!strncmp(argv[i], "size:", 5)) { size.ws_row = (unsigned short)atoi(value); check(ioctl(terminal, TIOCSWINSZ, &size) == 0); }
        else if (!strncmp(argv[i], "hangup:", 7)) { check(close(terminal) == 0); terminal = -1; }
        else for (int rest = atoi(value); rest > 0; rest -= 20) pump(20);
    }
    while (pump(30000) > 0) { }
    check(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
