// uring map|stack: a ring shared with the kernel, whose memory only the kernel may place; a worker of the kernel's own reads into the stack through it.
#include "proof.h"
#include <linux/io_uring.h>
static struct io_uring_sqe *entries;
static unsigned char *ring;
static struct io_uring_params parameters;
static int descriptor;

// One request through the ring, and its answer.
static __attribute__((always_inline)) inline int request(int operation, int file, void *buffer, unsigned length)
{
    unsigned *tail = (unsigned *)(ring + parameters.sq_off.tail), *slots = (unsigned *)(ring + parameters.sq_off.array);
    unsigned *head = (unsigned *)(ring + parameters.cq_off.head), mask = parameters.sq_entries - 1, at = *tail & mask;
    entries[at] = (struct io_uring_sqe){ .opcode = operation, .flags = IOSQE_ASYNC, .fd = file, .addr = (uintptr_t)buffer, .len = length };
    slots[at] = at;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    register long flags __asm__("r10") = IORING_ENTER_GETEVENTS, mask8 __asm__("r8") = 0, size __asm__("r9") = 0;
    long done;
    __asm__ volatile("syscall" : "=a"(done) : "0"((long)SYS_io_uring_enter), "D"((long)descriptor), "S"(1L), "d"(1L), "r"(flags), "r"(mask8), "r"(size) : "rcx", "r11", "memory");
    struct io_uring_cqe *answers = (struct io_uring_cqe *)(ring + parameters.cq_off.cqes);
    int answer = done == 1 ? answers[*head & (parameters.cq_entries - 1)].res : -1000;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return answer;
}

static __attribute__((noinline)) int read_into_stack(int file)
{
    char buffer[500000];
    return request(IORING_OP_READ, file, buffer, sizeof buffer);
}

int main(int argc, char **argv)
{
    descriptor = (int)syscall(SYS_io_uring_setup, 8, &parameters);
    if (descriptor < 0) { printf("none: %s\n", strerror(errno)); return 0; }
    size_t size = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, IORING_OFF_SQ_RING);
    printf("ring: %s\n", ring == MAP_FAILED ? strerror(errno) : "mapped");
    entries = mmap(NULL, parameters.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, IORING_OFF_SQES);
    printf("entries: %s\n", entries == MAP_FAILED ? strerror(errno) : "mapped");
    if (ring == MAP_FAILED || entries == MAP_FAILED) return 1;
    printf("nothing: %d\n", request(IORING_OP_NOP, -1, NULL, 0));
    if (argc > 1 && !strcmp(argv[1], "map")) printf("unmapped: %d %d\n", munmap(entries, parameters.sq_entries * sizeof *entries), munmap(ring, size));
    if (argc < 2 || strcmp(argv[1], "stack")) return 0;
    int file = open("/dev/zero", O_RDONLY);
    check(file >= 0);
    fflush(stdout);
    printf("read: %d\n", read_into_stack(file));
    return 0;
}
