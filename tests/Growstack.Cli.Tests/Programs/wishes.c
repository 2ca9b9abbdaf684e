// wishes: mmap with an address that is a mere wish: granted where the range is free, otherwise the kernel puts the mapping elsewhere.
#include "proof.h"
static char *map(char *wish, size_t size, int flags)
{
    char *got = mmap(wish, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (got != MAP_FAILED) got[size - 1] = 'w';
    return got;
}
int main(void)
{
    char *free_room = map(NULL, 64 * PAGE, 0);
    check(munmap(free_room, 64 * PAGE) == 0);
    printf("free: %d\n", map(free_room + 8 * PAGE, 8 * PAGE, 0) == free_room + 8 * PAGE);
    printf("not on a page: %d\n", map(free_room + 20 * PAGE + 123, PAGE, 0) == free_room + 20 * PAGE);
    printf("free up to a neighbour: %d\n", map(free_room, 8 * PAGE, 0) == free_room);
    printf("partly taken: %d\n", map(free_room + 12 * PAGE, 8 * PAGE, 0) == free_room + 12 * PAGE);
    printf("taken: %d\n", map(free_room, PAGE, 0) == free_room);
    printf("far down: %d\n", map((char *)(1UL << 40), MB, 0) == (char *)(1UL << 40));
    printf("far down, shared: %d\n", mmap((char *)(1UL << 41), MB, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == (char *)(1UL << 41));
    printf("at the end of all addresses: %d\n", map((char *)0x7ffffffff000UL, 2 * PAGE, 0) == (char *)0x7ffffffff000UL);
    printf("beyond it: %d\n", map((char *)(1UL << 60), PAGE, 0) == (char *)(1UL << 60));
    printf("very low: %d\n", map((char *)PAGE, PAGE, 0) == (char *)PAGE);
    printf("too much: %s\n", map((char *)(1UL << 40) + 2 * MB, 1UL << 46, 0) == MAP_FAILED ? strerror(errno) : "?");
    printf("of a lower half: %d\n", map((char *)(1UL << 40) + 4 * MB, PAGE, MAP_32BIT) < (char *)(1UL << 32));
    printf("in the main stack: %d\n", map((char *)((uintptr_t)&free_room & ~(PAGE - 1)), PAGE, 0) == (char *)((uintptr_t)&free_room & ~(PAGE - 1)));
    return 0;
}
