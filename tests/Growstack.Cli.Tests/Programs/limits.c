// limits: RLIMIT_STACK as inherited, lowered and raised while running, by setrlimit, prlimit and a child, and what children get of it.
#include "proof.h"
static void say(const char *when)
{
    struct rlimit limit;
    check(getrlimit(RLIMIT_STACK, &limit) == 0);
    printf("%s: soft %ld, hard %ld\n", when, (long)limit.rlim_cur, (long)limit.rlim_max);
    fflush(stdout);
}
static void child(const char *what, size_t bytes)
{
    int status;
    pid_t id = fork();
    if (id == 0) _exit(descend(bytes) > 0 ? 5 : 6);
    check(waitpid(id, &status, 0) == id);
    tell(what, status);
}
int main(int argc, char **argv)
{
    struct rlimit limit;
    int status;
    if (argc > 1) { say(argv[1]); child("in the new program, 12 MB", 12 * MB); return 0; }
    say("inherited");
    check(getrlimit(RLIMIT_STACK, &limit) == 0);
    limit.rlim_cur = 1 * MB;
    check(setrlimit(RLIMIT_STACK, &limit) == 0);
    say("lowered");
    child("4 MB under 1 MB", 4 * MB);
    child("512 kB under 1 MB", MB / 2);
    limit.rlim_cur = 16 * MB;
    check(prlimit(0, RLIMIT_STACK, &limit, NULL) == 0);
    say("raised");
    child("12 MB under 16 MB", 12 * MB);
    child("20 MB under 16 MB", 20 * MB);
    pid_t id = fork();
    if (id == 0) {
        limit.rlim_cur = 24 * MB;
        _exit(prlimit(getppid(), RLIMIT_STACK, &limit, NULL) == 0 ? 0 : 1);
    }
    check(waitpid(id, &status, 0) == id);
    tell("a child raising its parent's", status);
    say("raised by a child");
    child("20 MB under 24 MB", 20 * MB);
    id = fork();
    if (id == 0) { execl("/proc/self/exe", "limits", "in a new program", (char *)NULL); _exit(98); }
    check(waitpid(id, &status, 0) == id);
    tell("exec", status);
    printf("22 MB itself: ");
    fflush(stdout);
    descend(22 * MB);
    printf("done\n");
    return 0;
}
