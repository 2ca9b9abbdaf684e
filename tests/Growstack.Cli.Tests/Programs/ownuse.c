// ownuse main|thread KILOBYTES [THREADS]: goes down exactly so far and prints, for each stack, the bytes from its top to the lowest page written.
#include "proof.h"
static size_t depth;
static uintptr_t lowest_of(size_t bytes)
{
    volatile char here = 0;
    uintptr_t floor = (uintptr_t)&here - bytes;
    descend_to(floor);
    return floor & ~(PAGE - 1);
}
static uintptr_t main_top(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end = 0, top = 0;
    char here;
    check(file != NULL);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%lx-%lx", &start, &end) == 2 && (unsigned long)&here >= start && (unsigned long)&here < end) top = end;
    fclose(file);
    check(top != 0);
    return top;
}
static void *body(void *index)
{
    pthread_attr_t attributes;
    void *address;
    size_t size;
    check(pthread_getattr_np(pthread_self(), &attributes) == 0);
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_destroy(&attributes);
    return (void *)((uintptr_t)address + size - lowest_of(depth * ((uintptr_t)index + 1)));
}
int main(int argc, char **argv)
{
    depth = (size_t)argument(argc, argv, 2, 256) * 1024;
    if (argc > 1 && !strcmp(argv[1], "main")) {
        printf("%lu\n", main_top() - lowest_of(depth));
        return 0;
    }
    int count = argument(argc, argv, 3, 4);
    for (long i = 0; i < count; i++) {
        // One after another: the second and later reuse the first one's stack, each less deep than the one before.
        pthread_t thread;
        void *used;
        check(pthread_create(&thread, NULL, body, (void *)(count - 1 - i)) == 0);
        pthread_join(thread, &used);
        printf("%lu\n", (unsigned long)used);
    }
    return 0;
}
