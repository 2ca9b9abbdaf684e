// unborn threads|forks|vforks: processes that start threads or children all the time die at some moment, again and again; the children of the dead go on to their end.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    pause();
    return unused;
}

static void *start_threads(void *unused)
{
    pthread_t thread;
    while (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
        ;
    return wait_for_ever(unused);
}

static void die_among_threads(int round)
{
    pthread_t thread;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread, NULL, start_threads, NULL);
    usleep(300 + 37 * round);
    raise(SIGSEGV);
}

static void start_children(int vforks)
{
    for (int i = 0;; i++) {
        pid_t child = vforks ? vfork() : fork();
        if (child == 0)
            _exit(0);
        if (i % 3)
            waitpid(child, NULL, 0);
    }
}

int main(int count, char **words)
{
    if (count != 2)
        return 99;
    int threads = !strcmp(words[1], "threads"), rounds = threads ? 20 : 150, end[2];
    if (pipe(end) != 0)
        return 99;
    for (int round = 0; round < rounds; round++) {
        pid_t child = fork();
        if (child == 0) {
            close(end[0]);
            if (threads)
                die_among_threads(round);
            start_children(!strcmp(words[1], "vforks"));
        }
        if (!threads) {
            usleep(1000 + 37 * round);
            kill(child, SIGKILL);
        }
        int status;
        if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
            return 1;
    }

    // The pipe's other end is closed when the last of them has ended.
    char none;
    close(end[1]);
    printf("%d killed, %zd left\n", rounds, read(end[0], &none, 1));
    return 0;
}
