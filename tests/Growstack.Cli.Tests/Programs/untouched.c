// untouched leaves|wide|read|getcwd|clock|inline|readv [main|thread [SHIFT]]: the kernel writes into stack memory that the program never touched before.
// Where in a page the frames of leaves lie decides whether the program or the kernel is the first in it: SHIFT moves them.
#include <alloca.h>
#include "proof.h"
#include <sys/uio.h>
static const char *call;
static int lines[2];
static size_t shift;
static long inline_call(long number, long first, long second, long third)
{
    long answer;
    asm volatile("syscall" : "=a"(answer) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
    return answer;
}
// Goes down by small frames; at every level a wrapper of the C library has the kernel write into the frame below.
static __attribute__((noinline)) int leaves(int levels)
{
    volatile char frame[16];
    struct sigaction old;
    frame[0] = sigaction(SIGUSR1, NULL, &old) != 0;
    return (levels == 0 ? 0 : leaves(levels - 1)) + frame[0];
}
// As leaves, but every frame is larger than a page, and the kernel writes a little at its lower end.
static __attribute__((noinline)) int wide(int levels)
{
    char frame[6000];
    asm volatile("" : : "r"(frame) : "memory");
    int failed = inline_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)frame, 0) != 0;
    return (levels == 0 ? 0 : wide(levels - 1)) + failed + (frame[5999] == 1 && frame[0] == 1 && failed);
}
static __attribute__((noinline)) int use(void)
{
    // Two megabytes of locals whose lowest bytes are the kernel's to write first.
    char buffer[2 * MB];
    if (!strcmp(call, "leaves")) {
        size_t here = (size_t)__builtin_frame_address(0);
        *(volatile char *)alloca(16 + ((here - shift) & 48)) = 0;
        int failed = leaves(20000); printf("failed: %d\n", failed); return failed == 0;
    }
    if (!strcmp(call, "wide")) { int failed = wide(600); printf("failed: %d\n", failed); return failed == 0; }
    asm volatile("" : : "r"(buffer) : "memory");
    long answer = -1;
    if (!strcmp(call, "read")) answer = read(lines[0], buffer, 100);
    if (!strcmp(call, "inline")) answer = inline_call(SYS_read, lines[0], (long)buffer, 100);
    if (!strcmp(call, "getcwd")) answer = getcwd(buffer, 4096) == buffer ? 100 : -1;
    if (!strcmp(call, "clock")) answer = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (struct timespec *)buffer) == 0 ? 100 : -1;
    if (!strcmp(call, "readv")) {
        struct iovec vectors[2] = { { buffer + MB, 40 }, { buffer, 60 } };
        answer = readv(lines[0], vectors, 2);
    }
    printf("%s: %ld, first byte %s\n", call, answer, !strcmp(call, "clock") || buffer[0] != 0 ? "there" : "missing");
    return answer == 100;
}
static void *body(void *unused) { (void)unused; return (void *)(long)use(); }
int main(int argc, char **argv)
{
    char text[100];
    memset(text, 'x', sizeof text);
    call = argc > 1 ? argv[1] : "read";
    check(pipe(lines) == 0 && write(lines[1], text, sizeof text) == sizeof text);
    shift = (size_t)argument(argc, argv, 3, 0);
    void *good;
    if (argc > 2 && !strcmp(argv[2], "thread")) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        pthread_join(thread, &good);
    } else good = body(NULL);
    return good ? 0 : 1;
}
