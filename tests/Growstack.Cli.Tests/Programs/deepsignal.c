// deepsignal [main|thread] [here|alternate]: a timer's signals arrive at any depth of a recursion; their handler needs much stack itself.
#include "proof.h"
static volatile sig_atomic_t arrived;
static int alternate;
static void handler(int signal)
{
    (void)signal;
    int saved = errno;
    volatile char frame[24 * 1024];
    for (size_t i = 0; i < sizeof frame; i += 512) frame[i] = 1;
    arrived++;
    errno = saved;
}
static void *body(void *unused)
{
    (void)unused;
    stack_t stack = { .ss_sp = malloc(128 * 1024), .ss_size = 128 * 1024 };
    if (alternate) check(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART | (alternate ? SA_ONSTACK : 0) };
    check(sigaction(SIGALRM, &action, NULL) == 0);
    struct itimerval every = { { 0, 300 }, { 0, 300 } }, none = { { 0, 0 }, { 0, 0 } };
    check(setitimer(ITIMER_REAL, &every, NULL) == 0);
    unsigned long right = 0;
    for (int round = 0; round < 400 || arrived < 20; round++)
        right += descend((size_t)(round % 6 + 1) * MB) * 480 >= (size_t)(round % 6 + 1) * MB;
    check(setitimer(ITIMER_REAL, &none, NULL) == 0);
    printf("all rounds right: %s, signals arrived: %s\n", right >= 400 ? "yes" : "no", arrived >= 20 ? "yes" : "no");
    fflush(stdout);
    return NULL;
}
int main(int argc, char **argv)
{
    alternate = argc > 2 && !strcmp(argv[2], "alternate");
    if (argc > 1 && !strcmp(argv[1], "thread")) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGALRM);
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        pthread_join(thread, NULL);
    } else body(NULL);
    return 0;
}
