// threadexec [OTHERS]: a thread that is not the first calls exec while others run; the new program keeps the process id.
#include "proof.h"
static char pid[32];
static char *self;
static void *spin(void *unused) { (void)unused; for (;;) usleep(1000); return NULL; }
static void *execute(void *unused)
{
    (void)unused;
    descend(256 * 1024);
    usleep(20000);
    execl(self, self, "again", pid, (char *)NULL);
    check(!"exec");
    return NULL;
}
int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "again")) {
        printf("same process: %s, deep: %s\n", atoi(argv[2]) == getpid() ? "yes" : "no", descend(4 * MB) > 0 ? "yes" : "no");
        return 17;
    }
    pthread_t thread;
    self = realpath("/proc/self/exe", NULL);
    snprintf(pid, sizeof pid, "%d", getpid());
    for (int i = argument(argc, argv, 1, 5); i > 0; i--) check(pthread_create(&thread, NULL, spin, NULL) == 0);
    check(pthread_create(&thread, NULL, execute, NULL) == 0);
    for (;;) pause();
}
