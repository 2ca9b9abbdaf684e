// churn THREADS ROUNDS: threads map, protect, unmap and fill memory at the same time, each checking that nobody else is in its range.
#include "proof.h"
static int rounds;
static void *body(void *number)
{
    unsigned seed = (unsigned)(long)number + 1;
    long wrong = 0;
    unsigned char *kept[16] = { 0 };
    size_t sizes[16] = { 0 };
    for (int i = 0; i < rounds; i++) {
        unsigned slot = (unsigned)rand_r(&seed) % 16;
        if (kept[slot]) {
            for (size_t at = 0; at < sizes[slot]; at += PAGE) wrong += kept[slot][at] != (unsigned char)(long)number;
            check(munmap(kept[slot], sizes[slot]) == 0);
            kept[slot] = NULL;
            continue;
        }
        sizes[slot] = ((unsigned)rand_r(&seed) % 32 + 1) * PAGE;
        kept[slot] = mmap(NULL, sizes[slot], PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(kept[slot] != MAP_FAILED);
        for (size_t at = 0; at < sizes[slot]; at += PAGE) wrong += kept[slot][at] != 0;
        check(mprotect(kept[slot], sizes[slot], PROT_READ | PROT_WRITE) == 0);
        memset(kept[slot], (int)(long)number, sizes[slot]);
        descend((size_t)rand_r(&seed) % (128 * 1024));
    }
    return (void *)wrong;
}
int main(int argc, char **argv)
{
    int count = argument(argc, argv, 1, 8);
    rounds = argument(argc, argv, 2, 500);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    long wrong = 0;
    for (long i = 0; i < count; i++) check(pthread_create(&threads[i], NULL, body, (void *)(i + 1)) == 0);
    for (int i = 0; i < count; i++) { void *result; pthread_join(threads[i], &result); wrong += (long)result; }
    printf("wrong bytes: %ld\n", wrong);
    return 0;
}
