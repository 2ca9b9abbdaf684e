// Shared by the proof programs: fail loudly, go down a stack by a number of bytes, say how a child ended.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define MB (1024UL * 1024UL)

// Ends the program with status 99 and the reason, so that no failed step passes for a result.
#define check(what) do { if (!(what)) { fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #what, strerror(errno)); exit(99); } } while (0)

// Recurses, half a kilobyte a frame, every frame written, until the stack pointer is below `floor`; answers the number of frames.
static __attribute__((noinline, unused)) unsigned long descend_to(uintptr_t floor)
{
    volatile char frame[448];
    frame[0] = 1;
    frame[sizeof frame - 1] = 1;
    if ((uintptr_t)frame <= floor)
        return 1;
    return descend_to(floor) + (unsigned char)frame[0];
}

static __attribute__((noinline, unused)) unsigned long descend(size_t bytes)
{
    volatile char here = 0;
    return descend_to((uintptr_t)&here - bytes);
}

static __attribute__((unused)) void tell(const char *what, int status)
{
    if (WIFEXITED(status)) printf("%s: exit %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status)) printf("%s: signal %d\n", what, WTERMSIG(status));
    else if (WIFSTOPPED(status)) printf("%s: stopped by %d\n", what, WSTOPSIG(status));
    else if (WIFCONTINUED(status)) printf("%s: continued\n", what);
    fflush(stdout);
}

static __attribute__((unused)) int argument(int argc, char **argv, int index, int otherwise)
{
    return argc > index ? atoi(argv[index]) : otherwise;
}
