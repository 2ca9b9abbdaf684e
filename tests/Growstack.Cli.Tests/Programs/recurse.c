// recurse MB [THREADS]: goes down that many megabytes of the main stack, or of as many threads' stacks at once.
#include "proof.h"
static size_t depth;
static void *body(void *unused) { (void)unused; return (void *)(descend(depth) * 480 >= depth ? 1UL : 0UL); }
int main(int argc, char **argv)
{
    depth = (size_t)argument(argc, argv, 1, 7) * MB;
    int count = argument(argc, argv, 2, 0);
    if (count == 0) {
        printf("%s\n", body(NULL) ? "deep enough" : "too shallow");
        return 0;
    }
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    check(pthread_attr_setstacksize(&attributes, depth + MB) == 0);
    unsigned long deep = 0;
    for (int i = 0; i < count; i++) check(pthread_create(&threads[i], &attributes, body, NULL) == 0);
    for (int i = 0; i < count; i++) { void *result; pthread_join(threads[i], &result); deep += (unsigned long)result; }
    printf("%lu of %d threads deep enough\n", deep, count);
    return 0;
}
