/* A program that knows its own stacks: prints one line a thread, then waits until its standard input closes.
   name tid start end guard deepest   (in hex, as the thread sees them), then "sp name address" for each.
   With the argument "undumpable" nobody without privilege may look into it. */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ul

struct plan {
    const char *name;
    size_t size, guard, depth;
    char *memory;           /* a stack the program provides itself */
    unsigned long deepest;
    volatile unsigned long sp;
    pthread_t thread;
};

static pthread_mutex_t printing = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t ready;

/* Touches every page of the given depth below its caller, then returns: nothing later goes as deep. */
static __attribute__((noinline)) unsigned long touch(size_t depth)
{
    volatile char *bytes = alloca(depth);
    for (size_t i = depth; i-- > 0; i = i >= PAGE ? i - PAGE + 1 : 0)
        bytes[i] = 1;
    bytes[0] = 1;
    return (unsigned long)bytes;
}

/* Waits in a system call with the stack pointer on record. */
static __attribute__((noinline)) void wait_here(volatile unsigned long *sp)
{
    for (;;)
        __asm__ volatile("movq %%rsp, %0\n\tmovl $34, %%eax\n\tsyscall" : "=m"(*sp) : : "rax", "rcx", "r11", "memory");
}

static void *body(void *argument)
{
    struct plan *plan = argument;
    pthread_attr_t attr;
    void *start;
    size_t size, guard;
    pthread_setname_np(pthread_self(), plan->name);
    plan->deepest = touch(plan->depth);
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &start, &size);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_mutex_lock(&printing);
    printf("%s %ld %lx %lx %lx %lx\n", plan->name, syscall(SYS_gettid), (unsigned long)start, (unsigned long)start + size,
           (unsigned long)guard, plan->deepest);
    pthread_mutex_unlock(&printing);
    pthread_barrier_wait(&ready);
    wait_here(&plan->sp);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "undumpable"))
        prctl(PR_SET_DUMPABLE, 0);
    /* Two stacks of the program's own, side by side in one mapping, and one with guard pages inside its mapping. */
    char *pair = mmap(NULL, 512 * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *guarded = mmap(NULL, 256 * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int has_guard_pages = madvise(guarded, 4 * PAGE, 102 /* MADV_GUARD_INSTALL */) == 0;
    struct plan plans[] = {
        { "small", 64 * 1024, PAGE, 20000 },
        { "default", 0, PAGE, 100000 },
        { "deep", 1 << 20, PAGE, 1000000 },
        { "noguard", 256 * 1024, 0, 50000 },
        { "bigguard", 512 * 1024, 16 * PAGE, 200000 },
        { "large", 64 << 20, PAGE, 30000000 },
        { "low", 256 * 1024, 0, 30000, pair },
        { "high", 256 * 1024, 0, 60000, pair + 256 * 1024 },
        { "inner", 256 * 1024, 0, 60000, guarded },
    };
    int count = sizeof plans / sizeof *plans;
    if (!has_guard_pages)
        count--;
    pthread_barrier_init(&ready, NULL, count + 1);
    for (int i = 0; i < count; i++) {
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        if (plans[i].memory)
            pthread_attr_setstack(&attr, plans[i].memory, plans[i].size);
        else {
            if (plans[i].size)
                pthread_attr_setstacksize(&attr, plans[i].size);
            pthread_attr_setguardsize(&attr, plans[i].guard);
        }
        if (pthread_create(&plans[i].thread, &attr, body, &plans[i]))
            return 1;
    }
    unsigned long deepest = touch(300000);
    pthread_barrier_wait(&ready);
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("main %d %lx 0 0 %lx\n", getpid(), limit.rlim_cur, deepest);
    usleep(100000);
    for (int i = 0; i < count; i++)
        printf("sp %s %lx\n", plans[i].name, plans[i].sp);
    puts("ready");
    fflush(stdout);
    char c;
    while (read(0, &c, 1) > 0)
        ;
    _exit(0);
}
