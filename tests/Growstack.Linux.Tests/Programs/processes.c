// Makes processes in the way named by the argument and prints how they ended.
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int use_stack(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return depth == 0 ? 0 : use_stack(depth - 1) + (frame[0] == (char)depth);
}

static void report(pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    printf("status %x\n", status);
}

static void *exec_from_thread(void *argument)
{
    execl("/bin/sh", "sh", "-c", "echo executed; exit 12", (char *)NULL);
    return argument;
}

static void *exit_later(void *argument)
{
    usleep(50000);
    printf("last thread %d\n", use_stack(20));
    fflush(stdout);
    exit(13);
    return argument;
}

static void *fork_in_thread(void *argument)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(use_stack(500) == 500 ? 14 : 1);
    report(pid);
    return argument;
}

static void *sleep_long(void *argument)
{
    sleep(1000);
    return argument;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    pthread_t thread;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "fork") == 0)
    {
        // Both grow their own copy of the stack, to different depths.
        pid_t pid = fork();
        if (pid == 0)
            _exit(use_stack(1500) == 1500 ? 10 : 1);
        report(pid);
        printf("%d\n", use_stack(1000));
    }
    else if (strcmp(what, "vfork") == 0)
    {
        for (int i = 0; i < 20; i++)
        {
            pid_t pid = vfork();
            if (pid == 0)
            {
                if (i % 2)
                    _exit(use_stack(100 + i) > 0 ? 11 : 1);
                execl("/bin/true", "true", (char *)NULL);
                _exit(1);
            }
            report(pid);
        }
        printf("%d\n", use_stack(500));
    }
    else if (strcmp(what, "spawn") == 0)
    {
        for (int i = 0; i < 20; i++)
        {
            pid_t pid;
            char *arguments[] = { "sh", "-c", "exit 15", NULL };
            if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) != 0)
                return 1;
            report(pid);
        }
    }
    else if (strcmp(what, "thread-exec") == 0)
    {
        pthread_t others[5];
        for (int i = 0; i < 5; i++)
            pthread_create(&others[i], NULL, sleep_long, NULL);
        pthread_create(&thread, NULL, exec_from_thread, NULL);
        pthread_join(thread, NULL);
    }
    else if (strcmp(what, "leader-exits") == 0)
    {
        pthread_create(&thread, NULL, exit_later, NULL);
        pthread_exit(NULL);
    }
    else if (strcmp(what, "fork-in-thread") == 0)
    {
        pthread_create(&thread, NULL, fork_in_thread, NULL);
        pthread_join(thread, NULL);
    }
    else if (strcmp(what, "daemon") == 0)
    {
        if (fork() == 0)
        {
            setsid();
            usleep(100000);
            _exit(use_stack(300) != 300);
        }
    }
    return 8;
}
