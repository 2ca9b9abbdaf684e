/* A program whose threads start and end all the time. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *brief(void *unused)
{
    usleep(500);
    return unused;
}

static void *spawner(void *unused)
{
    for (;;) {
        pthread_t threads[8];
        for (int i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, brief, NULL);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, spawner, NULL);
    puts("ready");
    fflush(stdout);
    char c;
    while (read(0, &c, 1) > 0)
        ;
    return 0;
}
