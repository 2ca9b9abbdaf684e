// deep main|thread|frame: recurses through two functions, or has one frame that is too large.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>

int parse_term(int depth);

__attribute__((noinline)) int parse_expr(int depth)
{
    volatile char text[100];
    text[depth & 63] = 1;
    return parse_term(depth + 1) + text[5];
}

__attribute__((noinline)) int parse_term(int depth)
{
    volatile char word[20];
    word[depth & 15] = 2;
    return depth < 0 ? 0 : parse_expr(depth + 1) + word[3];
}

__attribute__((noinline)) int fill(int n)
{
    volatile char image[12 << 20];
    image[n] = 1;
    return image[n + 1];
}

static void *work(void *frame)
{
    pthread_setname_np(pthread_self(), "worker");
    return (void *)(long)(frame ? fill(5) : parse_expr(1));
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "main")) {
        printf("%d\n", parse_expr(1));
    } else {
        pthread_t thread;
        pthread_create(&thread, NULL, work, argc > 1 && !strcmp(argv[1], "frame") ? argv : NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
