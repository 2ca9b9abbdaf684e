// need main|thread KIB [COUNT]: uses some more than that much stack, in so many threads one after the other; ends with status 3.
#include "proof.h"
__attribute__((noinline)) static long use(long kib)
{
    volatile char text[1000];
    text[kib & 511] = 1;
    return kib <= 0 ? 0 : use(kib - 1) + text[kib & 511];
}
static void *work(void *kib)
{
    pthread_setname_np(pthread_self(), "worker");
    printf("%ld\n", use((long)kib));
    return NULL;
}
int main(int argc, char **argv)
{
    long kib = atol(argv[2]);
    if (!strcmp(argv[1], "main")) {
        work((void *)kib);
        return 3;
    }
    for (int left = argc > 3 ? atoi(argv[3]) : 1; left > 0; left--) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, work, (void *)kib) == 0);
        pthread_join(thread, NULL);
    }
    return 3;
}
