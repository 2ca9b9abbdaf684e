// ownguard: puts a guard of its own where its main stack ends, as Mono does, and takes it away again.
#include "proof.h"

int main(void)
{
    pthread_attr_t attributes;
    void *lowest;
    size_t size, length = 8 * PAGE;
    check(pthread_getattr_np(pthread_self(), &attributes) == 0);
    check(pthread_attr_getstack(&attributes, &lowest, &size) == 0);
    char *guard = (char *)lowest + 8 * PAGE;
    printf(mprotect(guard, length, PROT_NONE) == -1 && errno == ENOMEM ? "refused, " : "protected, ");
    check(mmap(guard, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == guard);
    printf("mapped, ");
    check(munmap(guard, length) == 0);
    printf(msync(guard, length, MS_ASYNC) == -1 && errno == ENOMEM ? "gone\n" : "still there\n");
    return 0;
}
