// Starts a number of threads, each of which uses some stack and memory, and joins them; prints their sum.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *work(void *argument)
{
    char frame[20000];
    memset(frame, 1, sizeof frame);
    char *heap = malloc(300000);
    memset(heap, 2, 300000);
    long sum = frame[100] + heap[1000] + (long)argument;
    free(heap);
    return (void *)sum;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 100;
    pthread_t *threads = calloc(count, sizeof *threads);
    long sum = 0;
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(long)i) != 0)
            return 1;
    for (int i = 0; i < count; i++)
    {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%ld\n", sum);
    return 0;
}
