// untraced: a child made with CLONE_UNTRACED, as leak checkers have one to look at their process; both use memory, and their registers are as the kernel leaves them.
#include "proof.h"

static long clone_with(long flags)
{
    long before = flags, answer;
    __asm__ volatile("syscall" : "=a"(answer), "+D"(flags) : "a"(SYS_clone), "S"(0), "d"(0) : "rcx", "r11", "r10", "r8", "r9", "memory");
    check(flags == before);
    return answer;
}

int main(void)
{
    // Signal handlers cannot be shared without memory.
    check(clone_with(CLONE_UNTRACED | CLONE_SIGHAND) == -EINVAL);
    long answer = clone_with(CLONE_UNTRACED | SIGCHLD);
    char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    memset(memory, 1, 1 << 20);
    check(munmap(memory, 1 << 20) == 0);
    if (answer == 0)
        _exit(7);
    int status;
    check(waitpid(answer, &status, 0) == answer);
    tell("untraced child", status);
    return 0;
}
