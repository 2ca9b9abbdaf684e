// survivor FILE: appends its process id and its children's to FILE, then runs for ever in several processes and threads.
#include "proof.h"
static void *body(void *unused) { (void)unused; for (;;) { descend(128 * 1024); usleep(1000); } return NULL; }
int main(int argc, char **argv)
{
    check(argc > 1);
    pthread_t thread;
    for (int i = 0; i < 3; i++) if (fork() == 0) { setsid(); break; }
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < 3; i++) check(pthread_create(&thread, NULL, body, NULL) == 0);
    char line[32];
    int file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666), length = snprintf(line, sizeof line, "%d\n", getpid());
    check(file >= 0 && write(file, line, (size_t)length) == length);
    for (;;) { descend(2 * MB); usleep(500); }
}
