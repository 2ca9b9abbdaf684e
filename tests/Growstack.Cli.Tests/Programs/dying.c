// dying null|constant|abort|kill|illegal|float|bus|trap|term [main|thread]: ends by a signal, with other threads around.
#include "proof.h"
static const char *how;
static void *idle(void *unused) { (void)unused; for (;;) pause(); return NULL; }
static void *body(void *unused)
{
    (void)unused;
    descend(300 * 1024);
    if (!strcmp(how, "null")) *(volatile int *)16 = 1;
    if (!strcmp(how, "constant")) *(volatile char *)"constant" = 1;
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "kill")) syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGKILL);
    if (!strcmp(how, "illegal")) asm volatile("ud2");
    if (!strcmp(how, "trap")) asm volatile("int3");
    if (!strcmp(how, "float")) { volatile int zero = 0; zero = 7 / zero; }
    if (!strcmp(how, "term")) syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGTERM);
    if (!strcmp(how, "bus")) {
        char name[] = "/tmp/dying-XXXXXX";
        int file = mkstemp(name);
        unlink(name);
        volatile char *mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
        (void)*mapped;
    }
    for (;;) pause();
}
int main(int argc, char **argv)
{
    pthread_t thread;
    how = argc > 1 ? argv[1] : "null";
    puts("before");
    fflush(stdout);
    for (int i = 0; i < 10; i++) check(pthread_create(&thread, NULL, idle, NULL) == 0);
    if (argc > 2 && !strcmp(argv[2], "thread")) {
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        for (;;) pause();
    }
    body(NULL);
    return 0;
}
