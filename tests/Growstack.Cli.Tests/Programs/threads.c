// threads COUNT [KILOBYTES]: that many threads alive at the same time, each going down its stack and waiting for all others there.
#include "proof.h"
static pthread_barrier_t all;
static size_t depth;
static void *body(void *number)
{
    unsigned long frames = descend(depth);
    pthread_barrier_wait(&all);
    return (void *)((unsigned long)number + (frames > 0));
}
int main(int argc, char **argv)
{
    int count = argument(argc, argv, 1, 100);
    depth = (size_t)argument(argc, argv, 2, 64) * 1024;
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_barrier_init(&all, NULL, (unsigned)count);
    for (long i = 0; i < count; i++) check(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
    unsigned long sum = 0;
    for (int i = 0; i < count; i++) { void *result; pthread_join(threads[i], &result); sum += (unsigned long)result; }
    printf("%d threads, sum %lu\n", count, sum);
    return 0;
}
