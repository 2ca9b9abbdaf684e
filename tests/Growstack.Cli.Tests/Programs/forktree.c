// forktree DEPTH FANOUT: a tree of processes; each reports how many it stands for, each uses some stack of its own.
#include "proof.h"
static long grow(int depth, int fanout)
{
    long total = 1;
    int lines[2];
    check(pipe(lines) == 0);
    check(descend(300 * 1024) > 0);
    for (int i = 0; depth > 0 && i < fanout; i++) {
        pid_t child = fork();
        check(child >= 0);
        if (child == 0) {
            long below = grow(depth - 1, fanout);
            check(write(lines[1], &below, sizeof below) == sizeof below);
            _exit(depth);
        }
    }
    for (int i = 0; depth > 0 && i < fanout; i++) {
        long below;
        int status;
        check(read(lines[0], &below, sizeof below) == sizeof below);
        total += below;
        check(wait(&status) > 0);
        check(WIFEXITED(status) && WEXITSTATUS(status) == depth);
    }
    close(lines[0]);
    close(lines[1]);
    return total;
}
int main(int argc, char **argv)
{
    printf("%ld processes\n", grow(argument(argc, argv, 1, 4), argument(argc, argv, 2, 3)));
    return 0;
}
