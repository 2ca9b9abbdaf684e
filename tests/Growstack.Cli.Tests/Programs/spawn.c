// spawn: children made by vfork, posix_spawn, system, popen and by fork from a thread; each ends in its own way.
#include "proof.h"
#include <spawn.h>
extern char **environ;
static void *forker(void *unused)
{
    (void)unused;
    int status;
    pid_t child = fork();
    if (child == 0) _exit(descend(2 * MB) > 0 ? 21 : 1);
    check(waitpid(child, &status, 0) == child);
    tell("fork from a thread", status);
    return NULL;
}
int main(void)
{
    int status;
    pid_t child = vfork();
    if (child == 0) { execl("/bin/sh", "sh", "-c", "exit 11", (char *)NULL); _exit(98); }
    check(waitpid(child, &status, 0) == child);
    tell("vfork and exec", status);
    child = vfork();
    if (child == 0) _exit(12);
    check(waitpid(child, &status, 0) == child);
    tell("vfork and exit", status);
    child = vfork();
    if (child == 0) { execl("/nonexistent/program", "program", (char *)NULL); _exit(13); }
    check(waitpid(child, &status, 0) == child);
    tell("vfork and failed exec", status);
    char *arguments[] = { "sh", "-c", "kill -TERM $$", NULL };
    check(posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0);
    check(waitpid(child, &status, 0) == child);
    tell("posix_spawn", status);
    printf("posix_spawnp of nothing: %s\n", strerror(posix_spawnp(&child, "no-such-program", NULL, NULL, arguments, environ)));
    tell("system", system("exit 14"));
    FILE *pipe = popen("echo through a pipe; exit 15", "r");
    char line[64];
    check(pipe && fgets(line, sizeof line, pipe));
    fputs(line, stdout);
    tell("popen", pclose(pipe));
    fflush(stdout);
    pthread_t thread;
    check(pthread_create(&thread, NULL, forker, NULL) == 0);
    pthread_join(thread, NULL);
    return 0;
}
