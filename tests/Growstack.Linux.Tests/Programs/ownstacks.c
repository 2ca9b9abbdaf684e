// Threads on stacks that the program or another C library made: what such memory can be used for besides.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KB 1024UL
#define PAGE 4096UL

static volatile unsigned long sink;

static __attribute__((noinline)) unsigned long deep(size_t bytes)
{
    volatile char frame[900];
    frame[0] = (char)bytes;
    frame[899] = 1;
    return bytes < 1000 ? frame[0] : deep(bytes - 1000) + frame[899];
}

static int body(void *bytes)
{
    sink += deep((size_t)bytes);
    return 0;
}

// Runs a thread on this stack to its end.
static void on(char *stack, size_t size, int (*entry)(void *), size_t argument)
{
    static volatile int tid;
    tid = 1;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
    if (clone(entry, stack + size, flags, (void *)argument, NULL, NULL, (int *)&tid) < 0) {
        perror("clone");
        exit(99);
    }
    while (tid != 0)
        syscall(SYS_futex, &tid, FUTEX_WAIT, 1, NULL, NULL, 0);
}

static char *map(size_t size, int protection)
{
    char *memory = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(99);
    }
    return memory;
}

static void *pbody(void *bytes)
{
    sink += deep((size_t)bytes);
    return NULL;
}

// Puts a guard into its own stack, as a runtime does, and runs into it.
static int guard_itself(void *stack)
{
    mprotect((char *)stack + 512 * KB, PAGE, PROT_NONE);
    sink += deep(700 * KB);
    return 0;
}

static char fixed[512 * KB] __attribute__((aligned(4096)));
static volatile char *probed;

static int probe(void *unused)
{
    (void)unused;
    // A read far below what is grown, and a write: the memory is all there.
    int sum = probed[0] + probed[100 * KB];
    probed[300 * KB] = 7;
    printf("read %d, then %d\n", sum, probed[300 * KB]);
    return 0;
}

static char *cut;

static int cutter(void *how)
{
    int answer = -1;
    errno = 0;
    switch ((long)how) {
    case 0: answer = munmap(cut + 64 * KB, PAGE); break;
    case 1: answer = mremap(cut, 1024 * KB, 512 * KB, 0) == MAP_FAILED ? -1 : 0; break;
    case 2: answer = mprotect(cut, 128 * KB, PROT_READ); break;
    case 3: answer = madvise(cut, 128 * KB, MADV_DONTNEED); break;
    case 4: answer = munmap(cut, 128 * KB); break;
    case 5: answer = mmap(cut + 32 * KB, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1 : 0; break;
    case 6: answer = mprotect(cut, 1024 * KB, PROT_READ | PROT_WRITE | PROT_EXEC); break;
    }
    printf("way %ld: %d, error %d\n", (long)how, answer, errno);
    // Deep, but above all that was changed.
    sink += deep(300 * KB);
    return 0;
}


int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!strcmp(what, "whole")) {
        char *stack = map(1024 * KB, PROT_READ | PROT_WRITE);
        on(stack, 1024 * KB, body, 700 * KB);
        on(stack, 1024 * KB, body, 900 * KB);
        munmap(stack, 1024 * KB);
    } else if (!strcmp(what, "guarded")) {
        char *stack = map(1024 * KB + 2 * PAGE, PROT_NONE);
        mprotect(stack + 2 * PAGE, 1024 * KB, PROT_READ | PROT_WRITE);
        on(stack, 1024 * KB + 2 * PAGE, body, 700 * KB);
    } else if (!strcmp(what, "marked")) {
        // As glibc 2.42 does: one mapping, of which the lowest page is made a guard by madvise(2).
        char *stack = mmap(NULL, 1024 * KB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
        if (madvise(stack, 4 * PAGE, 102) != 0) {
            printf("no guard marks here\n");
            return 77;
        }
        on(stack, 1024 * KB, body, 700 * KB);
    } else if (!strcmp(what, "markedoverflow")) {
        char *stack = mmap(NULL, 1024 * KB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
        if (madvise(stack, 4 * PAGE, 102) != 0)
            return 77;
        on(stack, 1024 * KB, body, 1100 * KB);
    } else if (!strcmp(what, "remarked")) {
        // The next user of a kept stack wants a larger guard, the one after it none.
        char *stack = mmap(NULL, 1024 * KB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
        if (madvise(stack, 4 * PAGE, 102) != 0)
            return 77;
        on(stack, 1024 * KB, body, 100 * KB);
        printf("larger: %d\n", madvise(stack, 64 * PAGE, 102));
        on(stack, 1024 * KB, body, 700 * KB);
        printf("none: %d\n", madvise(stack, 64 * PAGE, 103));
        on(stack, 1024 * KB, body, 1000 * KB);
    } else if (!strcmp(what, "markedlater")) {
        // A guard that is set where the stack has not grown to, and then run into.
        char *stack = mmap(NULL, 1024 * KB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
        on(stack, 1024 * KB, body, 100 * KB);
        if (madvise(stack, 64 * PAGE, 102) != 0)
            return 77;
        on(stack, 1024 * KB, body, 1000 * KB);
    } else if (!strcmp(what, "arena")) {
        char *arena = map(4 * 256 * KB, PROT_READ | PROT_WRITE);
        memset(arena, 1, PAGE);
        for (int i = 0; i < 4; i++)
            on(arena, (size_t)(i + 1) * 256 * KB, body, 150 * KB);
        int file = open("/proc/self/exe", 0);
        printf("read into the arena: %d\n", (int)read(file, arena, 64) == 64);
    } else if (!strcmp(what, "static")) {
        on(fixed, sizeof fixed, body, 300 * KB);
        int file = open("/proc/self/exe", 0);
        printf("read into the array: %d\n", (int)read(file, fixed, 64) == 64);
    } else if (!strcmp(what, "setstack")) {
        pthread_attr_t attributes;
        pthread_t thread;
        void *stacks[] = { map(512 * KB, PROT_READ | PROT_WRITE), fixed, malloc(512 * KB) };
        for (int i = 0; i < 3; i++) {
            char *aligned = (char *)(((unsigned long)stacks[i] + 15) & ~15UL);
            pthread_attr_init(&attributes);
            printf("set: %d\n", pthread_attr_setstack(&attributes, aligned, 511 * KB));
            pthread_create(&thread, &attributes, pbody, (void *)(300 * KB));
            pthread_join(thread, NULL);
        }
        int file = open("/proc/self/exe", 0);
        printf("read into the array and the heap: %d\n", read(file, fixed, 64) == 64 && read(file, stacks[2], 64) == 64);
    } else if (!strcmp(what, "unguarded")) {
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        pthread_attr_setguardsize(&attributes, 0);
        pthread_attr_setstacksize(&attributes, 1024 * KB);
        for (int i = 0; i < 3; i++) {
            pthread_create(&thread, &attributes, pbody, (void *)((i == 1 ? 50 : 700) * KB));
            pthread_join(thread, NULL);
        }
    } else if (!strcmp(what, "probed")) {
        char *stack = map(1024 * KB, PROT_READ | PROT_WRITE);
        probed = stack;
        on(stack, 1024 * KB, probe, 0);
    } else if (!strcmp(what, "cut")) {
        for (long i = 0; i < 7; i++) {
            size_t size = 1024 * KB;
            cut = map(size, PROT_READ | PROT_WRITE);
            if (i != 1)
                on(cut, size, cutter, (size_t)i);
            else {
                // What is cut off is above: another thread does it.
                on(cut, size, body, 200 * KB);
                cutter((void *)i);
                cut[0] = 1;
                printf("still there: %d\n", cut[0]);
            }
            if (i == 0)
                printf("below the hole: %d\n", cut[0] = 3);
            if (i == 2)
                printf("read-only: %d\n", cut[0]);
        }
    } else if (!strcmp(what, "fork")) {
        char *stack = map(1024 * KB, PROT_READ | PROT_WRITE);
        on(stack, 1024 * KB, body, 100 * KB);
        pid_t child = fork();
        if (child == 0) {
            on(stack, 1024 * KB, body, 700 * KB);
            stack[0] = 1;
            _exit(5);
        }
        int status;
        waitpid(child, &status, 0);
        printf("child %d\n", WEXITSTATUS(status));
    } else if (!strcmp(what, "overflow")) {
        char *stack = map(256 * KB + PAGE, PROT_NONE);
        mprotect(stack + PAGE, 256 * KB, PROT_READ | PROT_WRITE);
        on(stack, 256 * KB + PAGE, body, 300 * KB);
    } else if (!strcmp(what, "ownguard")) {
        char *stack = map(1024 * KB, PROT_READ | PROT_WRITE);
        on(stack, 1024 * KB, guard_itself, (size_t)stack);
    } else if (!strcmp(what, "touched")) {
        char *stack = map(1024 * KB, PROT_READ | PROT_WRITE);
        memset(stack, 1, 8 * KB);
        on(stack, 1024 * KB, body, 700 * KB);
        printf("kept: %d\n", stack[8 * KB - 1]);
    } else
        return 98;
    printf("done\n");
    return 0;
}
