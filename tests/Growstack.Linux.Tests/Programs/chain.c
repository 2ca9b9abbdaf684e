/* A program that waits at a known depth of calls. Prints its process id, then "ready" when it stands where it should.
   chain plain | recurse N | mutual N | mixed N | vla N | thread | signal | altstack | overflow [mutual] |
   library FILE | null; the last three stop by a fault after a line of input. */
#define _GNU_SOURCE
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

volatile long sink;

NOINLINE void stand_still(void)
{
    printf("thread %ld\nready\n", syscall(SYS_gettid));
    fflush(stdout);
    for (;;)
        __asm__ volatile("movl $34, %%eax\n\tsyscall" : : : "rax", "rcx", "r11", "memory");
}

NOINLINE void inner(void) { stand_still(); sink++; }
NOINLINE void middle(void) { volatile char room[3000]; room[0] = 1; inner(); sink += room[0]; }
NOINLINE void outer(void) { middle(); sink++; }

NOINLINE void recurse(long n)
{
    if (n == 0)
        inner();
    else
        recurse(n - 1);
    sink++;
}

void parse_expr(long n);
NOINLINE void parse_factor(long n) { if (n == 0) inner(); else parse_expr(n - 1); sink++; }
NOINLINE void parse_term(long n) { volatile char room[100]; room[0] = 1; parse_factor(n); sink += room[0]; }
NOINLINE void parse_expr(long n) { parse_term(n); sink++; }

/* No fixed order: which function comes next depends on a counter's bits. */
void mix_a(long n);
NOINLINE void mix_b(long n) { if (n == 0) inner(); else mix_a(n - 1); sink++; }
NOINLINE void mix_a(long n)
{
    if (n == 0)
        inner();
    else if ((n * 2654435761u >> 13) & 1)
        mix_a(n - 1);
    else
        mix_b(n - 1);
    sink++;
}

NOINLINE void vla(long n)
{
    volatile char *room = alloca(16 + n % 7 * 32);
    room[0] = 1;
    if (n == 0)
        inner();
    else
        vla(n - 1);
    sink += room[0];
}

static void *in_thread(void *unused) { outer(); sink++; return unused; }

static void on_signal(int number) { inner(); sink += number; }

NOINLINE void interrupted(void) { raise(SIGUSR1); sink++; }

NOINLINE long endless(long n)
{
    volatile char room[200];
    room[0] = (char)n;
    return endless(n + 1) + room[0];
}

long swing(long n);
NOINLINE long sway(long n) { volatile char room[40]; room[0] = (char)n; return swing(n + 1) + room[0]; }
NOINLINE long swing(long n) { return sway(n + 1) + sink; }

void (*volatile nothing)(void);

NOINLINE void call_nothing(void) { nothing(); sink++; }

int main(int argc, char **argv)
{
    const char *what = argv[1];
    long n = argc > 2 ? atol(argv[2]) : 0;
    printf("pid %d\n", getpid());
    fflush(stdout);
    if (!strcmp(what, "plain"))
        outer();
    else if (!strcmp(what, "recurse"))
        recurse(n);
    else if (!strcmp(what, "mutual"))
        parse_expr(n);
    else if (!strcmp(what, "mixed"))
        mix_a(n);
    else if (!strcmp(what, "vla"))
        vla(n);
    else if (!strcmp(what, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, in_thread, NULL);
        pthread_join(thread, NULL);
    } else if (!strcmp(what, "signal") || !strcmp(what, "altstack")) {
        stack_t other = { .ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 65536 };
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = !strcmp(what, "altstack") ? SA_ONSTACK : 0 };
        sigaltstack(&other, NULL);
        sigaction(SIGUSR1, &action, NULL);
        interrupted();
    } else {
        printf("thread %d\nready\n", getpid());
        fflush(stdout);
        getchar();
        if (!strcmp(what, "null"))
            call_nothing();
        else if (!strcmp(what, "library"))
            ((void (*)(void))dlsym(dlopen(argv[2], RTLD_NOW), "late"))();
        return (int)(argc > 2 ? swing(0) : endless(0));
    }
    return 0;
}
