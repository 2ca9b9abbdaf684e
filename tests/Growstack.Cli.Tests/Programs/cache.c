// cache ROUNDS: threads one after another on the stack that the C library keeps for the next; each sees its own depth only.
#include "proof.h"
static void *body(void *bytes) { return (void *)descend((size_t)bytes); }
int main(int argc, char **argv)
{
    int rounds = argument(argc, argv, 1, 50);
    unsigned long sum = 0;
    for (int i = 0; i < rounds; i++) {
        pthread_t thread;
        size_t bytes = (i % 2 == 0 ? 512 : 16) * 1024UL;
        void *frames;
        check(pthread_create(&thread, NULL, body, (void *)bytes) == 0);
        pthread_join(thread, &frames);
        sum += (unsigned long)frames * 480 >= bytes;
    }
    printf("%lu of %d rounds deep enough\n", sum, rounds);
    return 0;
}
