// protections [thread]: changes protections a thousand times, first with a thread on a stack of its own making if asked; a child does too.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL

static void *body(void *argument) { return argument; }

static void on_own_stack(void)
{
    const size_t size = 64 * PAGE;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), size);
    pthread_create(&thread, &attributes, body, NULL);
    pthread_join(thread, NULL);
}

static int change(char *memory, size_t pages)
{
    int failed = 0;
    for (int i = 0; i < 500; i++) {
        char *page = memory + (size_t)i * 7 % pages * PAGE;
        failed += mprotect(page, PAGE, PROT_NONE) != 0;
        failed += mprotect(memory, pages * PAGE, PROT_READ | PROT_WRITE) != 0;
        *page = 1;
    }
    return failed + (mprotect(memory, PAGE, PROT_READ) != 0);
}

int main(int argc, char **argv)
{
    const size_t pages = 64;
    char *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (argc > 1 && !strcmp(argv[1], "thread"))
        on_own_stack();
    printf("%d failed\n", change(memory, pages));
    fflush(stdout);
    if (fork() == 0)
        return change(memory, pages);
    int status;
    wait(&status);
    printf("child %d\n", status);
    return 0;
}
