// exitthreads COUNT [exit|return|kill]: ends while that many threads sleep, run, recurse and map memory.
#include "proof.h"
static void *body(void *number)
{
    for (long i = 0;; i++)
        switch ((long)number % 4) {
        case 0: pause(); break;
        case 1: descend((size_t)(i % 64 + 1) * 4096); usleep(5000); break;
        case 2: { void *memory = mmap(NULL, PAGE * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); munmap(memory, PAGE * 4); usleep(5000); break; }
        default: usleep(3000);
        }
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t thread;
    const char *how = argc > 2 ? argv[2] : "exit";
    for (long i = argument(argc, argv, 1, 300); i > 0; i--) check(pthread_create(&thread, NULL, body, (void *)i) == 0);
    usleep(50000);
    puts("leaving");
    fflush(stdout);
    if (!strcmp(how, "kill")) raise(SIGKILL);
    if (!strcmp(how, "exit")) _exit(7);
    return 8;
}
