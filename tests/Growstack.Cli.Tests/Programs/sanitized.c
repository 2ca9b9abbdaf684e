// sanitized: threads, deep recursion and memory taken and given back, for builds with the compiler's sanitizers, which map shadows of all memory.
#include "proof.h"

static int turns;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
    for (int i = 0; i < 20; i++) {
        char *memory = malloc(100000);
        check(memory != NULL);
        memset(memory, i, 100000);
        check(descend(200 * 1024) > 0);
        free(memory);
    }
    check(pthread_mutex_lock(&turn) == 0);
    turns++;
    check(pthread_mutex_unlock(&turn) == 0);
    return unused;
}

int main(void)
{
    pthread_t threads[8];
    check(descend(2 * MB) > 0);
    for (int i = 0; i < 8; i++)
        check(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (int i = 0; i < 8; i++)
        check(pthread_join(threads[i], NULL) == 0);
    printf("%d threads\n", turns);
    return 0;
}
