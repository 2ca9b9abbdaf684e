// traces: uses ptrace itself, on its child; says what the kernel answered.
#include "proof.h"
#include <sys/ptrace.h>
int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(errno);
        raise(SIGSTOP);
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child);
    tell("traced child", status);
    if (WIFSTOPPED(status)) { ptrace(PTRACE_CONT, child, 0, 0); check(waitpid(child, &status, 0) == child); tell("then", status); return 0; }
    return 1;
}
