// caught [main|thread] [TIMES]: overflows its stack, catches that on an alternate signal stack, and goes on, several times.
#include "proof.h"
static __thread sigjmp_buf back;
static __thread int caught, sound;
static void handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    caught++;
    char here;
    // The address lies below the stack that overflowed and the handler runs elsewhere.
    sound += signal == SIGSEGV && info->si_code > 0 && (char *)info->si_addr != NULL && labs(&here - (char *)info->si_addr) > 4096;
    siglongjmp(back, 1);
}
static int times;
static void *body(void *unused)
{
    (void)unused;
    stack_t alternate = { .ss_sp = malloc(64 * 1024), .ss_size = 64 * 1024 };
    check(sigaltstack(&alternate, NULL) == 0);
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    check(sigaction(SIGSEGV, &action, NULL) == 0);
    for (volatile int i = 0; i < times; i++)
        if (sigsetjmp(back, 1) == 0) { descend_to(0); puts("never said"); }
    printf("caught %d, sound %d, then deep again: %s\n", caught, sound, descend(256 * 1024) > 100 ? "yes" : "no");
    return NULL;
}
int main(int argc, char **argv)
{
    times = argument(argc, argv, 2, 3);
    if (argc > 1 && !strcmp(argv[1], "thread")) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        pthread_join(thread, NULL);
    } else body(NULL);
    return 0;
}
