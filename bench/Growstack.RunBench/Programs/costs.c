// costs growth|call|map|thread: measures one thing from within and prints it in nanoseconds.
#include "proof.h"
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}
// One touch every 128 KiB, downwards through 512 MB of fresh stack.
static __attribute__((noinline)) double growth(void)
{
    const size_t step = 128 * 1024, size = 512 * MB;
    volatile char *area = __builtin_alloca(size);
    double start = now();
    for (size_t at = size - step; at > 0; at -= step) area[at] = 1;
    return (now() - start) / (double)(size / step - 1);
}
int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "growth";
    double start, cost = 0;
    int rounds = 200000;
    if (!strcmp(what, "growth")) cost = growth();
    if (!strcmp(what, "call")) {
        start = now();
        for (int i = 0; i < 10 * rounds; i++) syscall(SYS_getppid);
        cost = (now() - start) / (10.0 * rounds);
    }
    if (!strcmp(what, "map")) {
        rounds /= 20;
        start = now();
        for (int i = 0; i < rounds; i++) munmap(mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 16 * PAGE);
        cost = (now() - start) / rounds;
    }
    if (!strcmp(what, "thread")) {
        rounds /= 100;
        start = now();
        for (int i = 0; i < rounds; i++) {
            pthread_t thread;
            check(pthread_create(&thread, NULL, (void *(*)(void *))getpid, NULL) == 0);
            pthread_join(thread, NULL);
        }
        cost = (now() - start) / rounds;
    }
    printf("%.1f\n", cost);
    return 0;
}
