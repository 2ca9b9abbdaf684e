// jobcontrol: stops and continues children (process, thread of many, terminal signals) and reports what wait says of each step.
#include "proof.h"
static void *idle(void *unused) { (void)unused; for (;;) descend(64 * 1024), usleep(1000); return NULL; }
static void step(pid_t child, const char *what, int options)
{
    int status;
    check(waitpid(child, &status, options) == child);
    tell(what, status);
}
static char state_of(pid_t child)
{
    char name[64], text[256];
    snprintf(name, sizeof name, "/proc/%d/stat", child);
    int file = open(name, O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    check(length > 0);
    text[length] = 0;
    return strrchr(text, ')')[2];
}
int main(void)
{
    int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
    for (int threads = 0; threads < 6; threads += 5)
        for (int i = 0; i < 4; i++) {
            int gate[2];
            check(pipe(gate) == 0);
            pid_t child = fork();
            if (child == 0) {
                pthread_t thread;
                char open;
                setpgid(0, 0);
                for (int n = 0; n < threads; n++) pthread_create(&thread, NULL, idle, NULL);
                raise(signals[i]);
                descend(3 * MB);
                // Its end must not overtake the report that it goes on.
                check(read(gate[0], &open, 1) == 1);
                _exit(40 + i);
            }
            setpgid(child, child);
            step(child, "stopping itself", WUNTRACED);
            usleep(20000);
            char state = state_of(child);
            printf("state while stopped: %s\n", state == 'T' || state == 't' ? "stopped" : "running");
            kill(child, SIGCONT);
            step(child, "after SIGCONT", WCONTINUED);
            check(write(gate[1], "", 1) == 1);
            step(child, "at its end", 0);
            close(gate[0]);
            close(gate[1]);
        }
    pid_t child = fork();
    if (child == 0) { for (;;) descend(MB); }
    kill(child, SIGSTOP);
    step(child, "stopped from outside", WUNTRACED);
    kill(child, SIGTERM);
    usleep(20000);
    printf("SIGTERM waits for SIGCONT: %d\n", waitpid(child, NULL, WNOHANG) == 0);
    kill(child, SIGCONT);
    int status;
    check(waitpid(child, &status, 0) == child);
    tell("terminated", status);
    child = fork();
    if (child == 0) for (;;) pause();
    kill(child, SIGSTOP);
    step(child, "stopped again", WUNTRACED);
    kill(child, SIGKILL);
    check(waitpid(child, &status, 0) == child);
    tell("killed while stopped", status);
    return 0;
}
