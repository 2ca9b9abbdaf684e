// Maps, unmaps and moves the break while timer signals arrive every few microseconds; checks what it was given.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int ticks;
static volatile int wrong;

static void tick(int number)
{
    (void)number;
    int kept = errno;
    ticks++;
    errno = kept;
}

static void check(int right)
{
    if (!right)
        wrong++;
}

static void *work(void *rounds)
{
    unsigned seed = (unsigned)(uintptr_t)&rounds;
    for (long i = 0; i < (long)rounds; i++) {
        size_t bytes = 4096 * (1 + rand_r(&seed) % 64);
        char *plain = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(plain != MAP_FAILED && plain[0] == 0 && plain[bytes - 1] == 0);
        memset(plain, 1, bytes);
        char *fixed = mmap(plain, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        check(fixed == plain && plain[0] == 0);
        check(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
        check(mmap(plain, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EBADF);
        check(munmap(plain, bytes) == 0);
    }
    return NULL;
}

int main(int count, char **words)
{
    int threads = count > 1 ? atoi(words[1]) : 1;
    long rounds = count > 2 ? atol(words[2]) : 300;
    struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    struct itimerspec often = { { 0, 60000 }, { 0, 60000 } };
    timer_t timer;
    check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &often, NULL) == 0);

    pthread_t others[16];
    for (int i = 1; i < threads && i <= 16; i++)
        check(pthread_create(&others[i - 1], NULL, work, (void *)rounds) == 0);
    char *start = sbrk(0);
    for (long i = 0; i < rounds; i++) {
        char *before = sbrk(8192 + i % 5000);
        check(before != (char *)-1 && (char *)sbrk(0) == before + 8192 + i % 5000);
        before[100] = 1;
        if (i % 3 == 0)
            check(brk(start) == 0 && sbrk(0) == start);
    }
    work((void *)rounds);
    for (int i = 1; i < threads && i <= 16; i++)
        pthread_join(others[i - 1], NULL);
    timer_delete(timer);
    printf("wrong: %d, signals: %s\n", wrong, ticks > 0 ? "yes" : "no");
    return wrong != 0;
}
