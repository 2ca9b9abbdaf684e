// restarts: system calls that a signal interrupts are restarted or fail exactly as the handler's flags say, also across a stop.
#include "proof.h"
#include <poll.h>
static volatile int seen;
static void handler(int signal) { (void)signal; seen++; }
static int lines[2];
static void *poke(void *target)
{
    for (int i = 0; i < 3; i++) { usleep(20000); pthread_kill(*(pthread_t *)target, SIGUSR1); }
    usleep(20000);
    check(write(lines[1], "x", 1) == 1);
    return NULL;
}
static void attempt(const char *what, int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    check(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t self = pthread_self(), thread;
    char byte;
    seen = 0;
    check(pthread_create(&thread, NULL, poke, &self) == 0);
    ssize_t got = read(lines[0], &byte, 1);
    printf("%s read: %s\n", what, got == 1 ? "whole" : strerror(errno));
    pthread_join(thread, NULL);
    printf("%s seen: %d\n", what, seen);
    if (got != 1) check(read(lines[0], &byte, 1) == 1);
    check(pthread_create(&thread, NULL, poke, &self) == 0);
    struct pollfd ready = { lines[0], POLLIN, 0 };
    int answer = poll(&ready, 1, 5000);
    printf("%s poll: %s\n", what, answer == 1 ? "whole" : strerror(errno));
    pthread_join(thread, NULL);
    check(read(lines[0], &byte, 1) == 1);
    check(pthread_create(&thread, NULL, poke, &self) == 0);
    struct timespec rest = { 0, 900000000 }, left = { 0, 0 };
    answer = nanosleep(&rest, &left);
    printf("%s nanosleep: %s, time left %d\n", what, answer == 0 ? "whole" : strerror(errno), left.tv_nsec > 0);
    pthread_join(thread, NULL);
    check(read(lines[0], &byte, 1) == 1);
}
int main(void)
{
    check(pipe(lines) == 0);
    attempt("restarting:", SA_RESTART);
    attempt("not restarting:", 0);
    pid_t child = fork();
    if (child == 0) {
        struct timespec rest = { 0, 300000000 };
        _exit(nanosleep(&rest, NULL) == 0 ? 0 : 1);
    }
    int status;
    usleep(50000);
    kill(child, SIGSTOP);
    check(waitpid(child, &status, WUNTRACED) == child);
    kill(child, SIGCONT);
    check(waitpid(child, &status, 0) == child);
    tell("a sleep across a stop", status);
    return 0;
}
