// clones: threads and processes by clone and clone3 themselves, on stacks that no library allocated.
#include "proof.h"
#include <linux/futex.h>
#include <linux/sched.h>
static volatile int result;
static int body(void *argument) { result = (int)(descend(200 * 1024) > 0) + (int)(long)argument; return 0; }
static void *space(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    return memory;
}
static void await(volatile int *word)
{
    int value;
    while ((value = *word) != 0) syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}
static long clone3_on(struct clone_args *arguments, int (*entry)(void *), void *argument)
{
    long answer;
    register long size asm("rsi") = sizeof *arguments;
    // The child finds an empty stack: it takes what it needs from registers that the kernel keeps.
    register void *called asm("r12") = (void *)entry;
    register void *given asm("r13") = argument;
    asm volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r13, %%rdi\n\tcall *%%r12\n\tmov %%eax, %%edi\n\tmov $60, %%eax\n\tsyscall\n1:"
                 : "=a"(answer) : "a"(SYS_clone3), "D"(arguments), "r"(size), "r"(called), "r"(given) : "rcx", "r11", "memory");
    return answer;
}
int main(void)
{
    const size_t bytes = 512 * 1024;
    volatile int tid = 1;
    char *stack = space(bytes);
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    check(clone(body, stack + bytes, flags, (void *)10L, (int *)&tid, NULL, (int *)&tid) > 0);
    await(&tid);
    printf("clone, a thread: %d\n", result);
    munmap(stack, bytes);

    char *other = space(bytes);
    tid = 1;
    struct clone_args thread = { .flags = (unsigned)flags, .child_tid = (uintptr_t)&tid, .parent_tid = (uintptr_t)&tid, .stack = (uintptr_t)other, .stack_size = bytes };
    check(clone3_on(&thread, body, (void *)20L) > 0);
    await(&tid);
    printf("clone3, a thread: %d\n", result);
    munmap(other, bytes);

    int status;
    other = space(bytes);
    pid_t child = clone(body, other + bytes, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)30L);
    check(waitpid(child, &status, 0) == child);
    printf("clone, sharing memory, as vfork: %d\n", result);
    tell("its end", status);

    struct clone_args copy = { .exit_signal = SIGCHLD };
    child = (pid_t)syscall(SYS_clone3, &copy, sizeof copy);
    check(child >= 0);
    if (child == 0) _exit(descend(3 * MB) > 0 ? 33 : 1);
    check(waitpid(child, &status, 0) == child);
    tell("clone3, as fork", status);
    return 0;
}
