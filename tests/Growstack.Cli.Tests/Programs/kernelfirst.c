// kernelfirst deeper|actions|large|exact|fork [main|thread]: the kernel is the first to write below the mapped part of a stack, by system calls made without a call.
#include "proof.h"
static int zeros;
static inline __attribute__((always_inline)) long inline_call(long number, long first, void *second, long third, void *fourth)
{
    long answer;
    register void *r10 asm("r10") = fourth;
    asm volatile("syscall" : "=a"(answer) : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10) : "rcx", "r11", "memory");
    return answer;
}
// Goes down by frames whose lower part the kernel fills first; answers how many reads did not answer with all that was asked for.
static __attribute__((noinline)) int deeper(int levels, int size)
{
    char buffer[size];
    int failed = inline_call(SYS_read, zeros, buffer, size, NULL) != size;
    if (levels > 0) failed += deeper(levels - 1, size);
    return failed + buffer[0];
}
// Goes down by small frames, fetching an action at each.
static __attribute__((noinline)) int actions(int levels)
{
    char old[64];
    int failed = inline_call(SYS_rt_sigaction, SIGUSR1, NULL, (long)old, (void *)8) != 0;
    if (levels > 0) failed += actions(levels - 1);
    asm volatile("" : : "r"(old) : "memory");
    return failed;
}
// One read that is large, far below everything that was touched before.
static __attribute__((noinline)) long large(void)
{
    char buffer[900 * 1024];
    long answer = inline_call(SYS_read, zeros, buffer, sizeof buffer, NULL);
    asm volatile("" : : "r"(buffer) : "memory");
    return answer;
}
static uintptr_t top(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end = 0;
    check(file != NULL);
    while (fgets(line, sizeof line, file))
        if (strstr(line, "[stack]")) check(sscanf(line, "%lx-%lx", &start, &end) == 2);
    fclose(file);
    return end;
}
// At the very end of what a limit allows the kernel may write, a page further down it may not, and an overflow is one as ever.
static void exact(void)
{
    struct rlimit limit = { 3 * MB, 0 };
    struct rlimit now;
    check(getrlimit(RLIMIT_STACK, &now) == 0);
    limit.rlim_max = now.rlim_max;
    check(setrlimit(RLIMIT_STACK, &limit) == 0);
    uintptr_t lowest = top() - 3 * MB;
    descend(2 * MB + MB / 4);
    char *at = (char *)lowest;
    printf("below the limit: %ld\n", inline_call(SYS_read, zeros, at - 16, 16, NULL));
    printf("across the limit: %ld\n", inline_call(SYS_read, zeros, at - 16, 32, NULL));
    printf("far below: %ld\n", inline_call(SYS_read, zeros, at - 4 * MB, 16, NULL));
    printf("at the limit: %ld\n", inline_call(SYS_read, zeros, at, 16, NULL));
    fflush(stdout);
    descend(4 * MB);
    printf("not reached\n");
}
static void *body(void *mode)
{
    const char *what = mode;
    zeros = open("/dev/zero", O_RDONLY);
    check(zeros >= 0);
    if (!strcmp(what, "deeper")) printf("failed: %d, %d, %d\n", deeper(200, 9000), deeper(40, 100000), deeper(8, 700000));
    if (!strcmp(what, "actions")) printf("failed: %d\n", actions(30000));
    if (!strcmp(what, "large")) printf("read: %ld\n", large());
    if (!strcmp(what, "exact")) exact();
    if (!strcmp(what, "fork")) {
        // The child ends last: its SIGCHLD would cut a read short, which a tracer has delivered though it is ignored.
        int status, failed = deeper(20, 50000), line[2];
        char end;
        check(pipe(line) == 0);
        pid_t child = fork();
        if (child == 0) {
            close(line[1]);
            descend(3 * MB);
            failed = deeper(40, 100000);
            check(read(line[0], &end, 1) == 0);
            _exit(failed);
        }
        failed += deeper(40, 100000);
        close(line[1]);
        check(waitpid(child, &status, 0) == child);
        tell("child", status);
        printf("failed: %d\n", failed);
    }
    fflush(stdout);
    return NULL;
}
int main(int argc, char **argv)
{
    char *what = argc > 1 ? argv[1] : "deeper";
    if (argc > 2 && !strcmp(argv[2], "thread")) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, what) == 0);
        pthread_join(thread, NULL);
    } else body(what);
    return 0;
}
