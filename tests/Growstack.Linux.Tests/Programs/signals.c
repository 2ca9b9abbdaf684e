// Signals that meet a growing stack, in the way named by the argument.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <sys/wait.h>

static volatile sig_atomic_t caught;
static volatile long wrong;

static void count(int sig, siginfo_t *info, void *context)
{
    (void)context;
    caught++;
    if (info->si_signo != sig)
        wrong++;
}

static long recurse(long depth, long key)
{
    volatile long frame[40];
    for (int i = 0; i < 40; i++)
        frame[i] = key + i;
    long sum = depth == 0 ? 0 : recurse(depth - 1, key + 1);
    for (int i = 0; i < 40; i++)
        if (frame[i] != key + i)
            wrong++;
    return sum + 1;
}

static void handle(int sig, int flags)
{
    struct sigaction action = { .sa_sigaction = count, .sa_flags = SA_SIGINFO | flags };
    sigaction(sig, &action, NULL);
}

static void storm(void)
{
    // A timer interrupts at every stage of growth; each child grows its stack afresh.
    struct itimerval timer = { { 0, 300 }, { 0, 300 } };
    for (int i = 0; i < 30; i++)
    {
        pid_t pid = fork();
        if (pid == 0)
        {
            handle(SIGALRM, SA_RESTART);
            setitimer(ITIMER_REAL, &timer, NULL);
            for (int j = 0; j < 3; j++)
                if (recurse(15000, i) != 15001)
                    wrong++;
            _exit(wrong != 0);
        }
        int status;
        while (waitpid(pid, &status, 0) != pid)
            ;
        if (status != 0)
            printf("child %d: %x\n", i, status);
    }
    puts("storm over");
}

static void edge(void)
{
    // The stack pointer is moved step by step towards what is mapped, so that the frame of the handler crosses the edge.
    handle(SIGUSR1, 0);
    for (long step = 0; step < 80; step++)
    {
        pid_t pid = fork();
        if (pid == 0)
        {
            volatile char *here = __builtin_alloca(100000 + step * 1024);
            here[90000] = 1;
            raise(SIGUSR1);
            _exit(caught == 1 ? 0 : 1);
        }
        int status;
        waitpid(pid, &status, 0);
        if (status != 0)
            printf("step %ld: %x\n", step, status);
    }
    puts("edge passed");
}

static void blocked(void)
{
    handle(SIGSEGV, 0);
    sigset_t set, now;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, NULL);
    printf("%d\n", recurse(10000, 1) == 10001);
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("still blocked %d\n", sigismember(&now, SIGSEGV));
    kill(getpid(), SIGSEGV);
    printf("caught %d\n", (int)caught);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("caught %d\n", (int)caught);
}

static void ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    printf("%d\n", recurse(10000, 1) == 10001);
    kill(getpid(), SIGSEGV);
    puts("still ignored");
}

static void suspend(void)
{
    // A signal that only sigsuspend lets in, with the stack pointer close to the edge of what is mapped.
    handle(SIGUSR1, 0);
    sigset_t set, none;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigemptyset(&none);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (long step = 0; step < 40; step++)
    {
        pid_t parent = fork();
        if (parent == 0)
        {
            pid_t sender = fork();
            if (sender == 0)
            {
                usleep(2000);
                kill(getppid(), SIGUSR1);
                _exit(0);
            }
            volatile char *here = __builtin_alloca(110000 + step * 512);
            here[100000] = 1;
            sigsuspend(&none);
            waitpid(sender, NULL, 0);
            _exit(caught == 1 ? 0 : 1);
        }
        int status;
        waitpid(parent, &status, 0);
        if (status != 0)
            printf("step %ld: %x\n", step, status);
    }
    puts("suspended and resumed");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "storm") == 0)
        storm();
    else if (strcmp(what, "edge") == 0)
        edge();
    else if (strcmp(what, "blocked") == 0)
        blocked();
    else if (strcmp(what, "ignored") == 0)
        ignored();
    else if (strcmp(what, "suspend") == 0)
        suspend();
    return 0;
}
