// Overflows its stack, catches SIGSEGV on an alternate stack, goes on; three times.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static sigjmp_buf back;

static void handler(int sig, siginfo_t *info, void *context)
{
    (void)sig; (void)info; (void)context;
    siglongjmp(back, 1);
}

static int recurse(int n)
{
    volatile char frame[1000];
    frame[0] = (char)n;
    return recurse(n + 1) + frame[0];
}

int main(void)
{
    stack_t alternate = { .ss_sp = malloc(65536), .ss_size = 65536 };
    sigaltstack(&alternate, NULL);
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 3; i++)
        if (sigsetjmp(back, 1) == 0)
            recurse(0);
        else
            printf("caught %d\n", i);
    return 7;
}
