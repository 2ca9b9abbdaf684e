// segvstate blocked|allblocked|blockedhandled|ignored|handled|default [main|thread]: the stack grows while SIGSEGV is in that state; afterwards the state is what it was.
#include "proof.h"
static volatile int seen;
static void handler(int signal) { (void)signal; seen++; _exit(3); }
static const char *state;
static void *body(void *unused)
{
    (void)unused;
    struct sigaction action = { .sa_handler = SIG_DFL }, after;
    sigset_t set, was;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    if (!strcmp(state, "allblocked")) sigfillset(&set);
    if (strstr(state, "blocked")) pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (!strcmp(state, "ignored")) action.sa_handler = SIG_IGN;
    if (strstr(state, "handled")) action.sa_handler = handler;
    check(sigaction(SIGSEGV, &action, NULL) == 0);
    int deep = descend(5 * MB) > 0;
    check(sigaction(SIGSEGV, NULL, &after) == 0);
    pthread_sigmask(SIG_BLOCK, NULL, &was);
    printf("deep %d, seen %d, disposition %s, blocked %d\n", deep, seen,
           after.sa_handler == SIG_DFL ? "default" : after.sa_handler == SIG_IGN ? "ignored" : after.sa_handler == handler ? "handled" : "?",
           sigismember(&was, SIGSEGV));
    fflush(stdout);
    return NULL;
}
int main(int argc, char **argv)
{
    state = argc > 1 ? argv[1] : "default";
    if (argc > 2 && !strcmp(argv[2], "thread")) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        pthread_join(thread, NULL);
    } else body(NULL);
    return 0;
}
