// Threads that use their stacks in the way named by the first argument; prints what it finds.
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static __thread sigjmp_buf back;

static long recurse(long depth)
{
    volatile char frame[1000];
    frame[0] = (char)depth;
    return depth == 0 ? 0 : recurse(depth - 1) + (frame[0] == (char)depth);
}

static void *use(void *kilobytes)
{
    return (void *)recurse((long)kilobytes);
}

static void *name_and_use(void *kilobytes)
{
    char name[16];
    snprintf(name, sizeof name, "deep-%ld", (long)kilobytes);
    pthread_setname_np(pthread_self(), name);
    return use(kilobytes);
}

static void *overflow(void *argument)
{
    return (void *)(recurse(LONG_MAX) + (argument != NULL));
}

static void handler(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

static void *recover(void *argument)
{
    stack_t alternate = { .ss_sp = malloc(65536), .ss_size = 65536 };
    sigaltstack(&alternate, NULL);
    for (int i = 0; i < 3; i++)
        if (sigsetjmp(back, 1) == 0)
            recurse(LONG_MAX);
    return argument;
}

static void *attributes(void *argument)
{
    pthread_attr_t attr;
    void *address;
    size_t size, guard;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &address, &size);
    pthread_attr_getguardsize(&attr, &guard);
    char *here = (char *)&attr;
    printf("%zu %zu %d\n", size, guard, here > (char *)address && here < (char *)address + size);
    return argument;
}

static void *fork_deep(void *argument)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(recurse(3000) == 3000 ? 0 : 1);
    recurse(1000);
    return argument;
}

// Goes so deep; answers the bytes from the stack's top to the page of the lowest frame.
static __attribute__((noinline)) long lowest(long depth)
{
    volatile char frame[1000];
    frame[0] = (char)depth;
    long below = depth == 0 ? (long)frame & ~4095L : lowest(depth - 1);
    frame[1] = 1;
    return below;
}

static void *used(void *kilobytes)
{
    pthread_attr_t attr;
    void *address;
    size_t size;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &address, &size);
    pthread_attr_destroy(&attr);
    return (void *)((long)address + (long)size - lowest((long)kilobytes));
}

static void run(void *(*body)(void *), long argument, size_t size, size_t guard)
{
    pthread_t thread;
    pthread_attr_t attr;
    void *result;
    pthread_attr_init(&attr);
    if (size != 0)
        pthread_attr_setstacksize(&attr, size);
    if (guard != (size_t)-1)
        pthread_attr_setguardsize(&attr, guard);
    pthread_create(&thread, &attr, body, (void *)argument);
    pthread_join(thread, &result);
    printf("%ld\n", (long)result);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "deep") == 0)
    {
        pthread_t threads[8];
        for (long i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, name_and_use, (void *)(i * 800));
        for (int i = 0; i < 8; i++)
        {
            void *result;
            pthread_join(threads[i], &result);
            printf("%ld\n", (long)result);
        }
    }
    else if (strcmp(what, "reuse") == 0)
    {
        run(use, 3000, 0, -1);
        run(use, 100, 0, -1);
        run(use, 2000, 0, -1);
    }
    else if (strcmp(what, "used") == 0)
    {
        run(used, 3000, 0, -1);
        run(used, 12, 0, -1);
        run(used, 100, 0, -1);
        run(used, 16, 0, -1);
        run(used, 3000, 1 << 24, -1);
        run(used, 12, 0, 0);
        run(used, 12, 1 << 20, 65536);
        run(used, 12, 1 << 20, 65536);
    }
    else if (strcmp(what, "overflow") == 0)
        run(overflow, 0, 262144, -1);
    else if (strcmp(what, "recover") == 0)
    {
        struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
        sigaction(SIGSEGV, &action, NULL);
        run(recover, 5, 0, -1);
        run(recover, 6, 1 << 20, -1);
    }
    else if (strcmp(what, "attributes") == 0)
    {
        run(attributes, 0, 0, -1);
        run(attributes, 0, 65536, -1);
        run(attributes, 0, 1 << 20, 65536);
        run(attributes, 0, 1 << 20, 0);
        run(use, 900, 1 << 20, 65536);
    }
    else if (strcmp(what, "fork") == 0)
        run(fork_deep, 1, 0, -1);
    else if (strcmp(what, "blocked") == 0)
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
        run(use, 5000, 0, -1);
    }
    return 0;
}
