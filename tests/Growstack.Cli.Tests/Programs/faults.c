// faults: what a SIGSEGV handler is told of faults that have nothing to do with a stack's growth.
#include "proof.h"
#include <ucontext.h>
static sigjmp_buf back;
static siginfo_t told;
static int in_place;
static void handler(int signal, siginfo_t *info, void *context)
{
    ucontext_t *state = context;
    told = *info;
    in_place = signal == SIGSEGV && state->uc_mcontext.gregs[REG_CR2] == (long long)(uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}
static void touch(const char *what, volatile char *address, int write)
{
    memset(&told, 0, sizeof told);
    if (sigsetjmp(back, 1) == 0) { if (write) *address = 1; else (void)*address; printf("%s: no fault\n", what); return; }
    printf("%s: code %d, address right %d, context right %d\n", what, told.si_code, told.si_addr == address, in_place);
}
int main(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    check(sigaction(SIGSEGV, &action, NULL) == 0);
    volatile char *guarded = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    touch("null", (char *)24, 0);
    touch("read-only", guarded + 5, 1);
    touch("readable", guarded + 5, 0);
    check(munmap((void *)(guarded + PAGE), PAGE) == 0);
    touch("unmapped", guarded + PAGE, 0);
    touch("kernel's", (char *)0xffffffff80000000UL, 0);
    check(mprotect((void *)guarded, PAGE, PROT_NONE) == 0);
    touch("nothing allowed", guarded, 0);
    union sigval value = { .sival_int = 5 };
    if (sigsetjmp(back, 1) == 0) sigqueue(getpid(), SIGSEGV, value);
    printf("queued: code %d, value %d, sender right %d\n", told.si_code, told.si_value.sival_int, told.si_pid == getpid());
    if (sigsetjmp(back, 1) == 0) raise(SIGSEGV);
    printf("raised: code %d\n", told.si_code);
    printf("deep: %d\n", descend(3 * MB) > 0);
    return 0;
}
