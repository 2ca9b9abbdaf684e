// growths ROUNDS: in each, a thread on a stack of its own that has never been used, which grows several times; then the stack is unmapped.
#include "proof.h"
static void *body(void *bytes) { return (void *)descend((size_t)bytes); }
int main(int argc, char **argv)
{
    int rounds = argument(argc, argv, 1, 100), deep = 0;
    const size_t size = 1 * MB;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    for (int i = 0; i < rounds; i++) {
        pthread_t thread;
        void *frames;
        char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        check(stack != MAP_FAILED && pthread_attr_setstack(&attributes, stack, size) == 0);
        check(pthread_create(&thread, &attributes, body, (void *)(900 * 1024)) == 0);
        pthread_join(thread, &frames);
        deep += (unsigned long)frames > 1000;
        munmap(stack, size);
    }
    printf("%d of %d deep\n", deep, rounds);
    return 0;
}
