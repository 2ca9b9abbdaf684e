// breaks: the program break up and down, by sbrk and brk; fresh memory is zero; a refused break leaves the old one.
#include "proof.h"
int main(void)
{
    // The library's own buffer must not move the break between two of our calls.
    static char buffer[4096];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    char *start = sbrk(0);
    check(start != (void *)-1);
    check(sbrk(10 * MB) == start);
    memset(start, 7, 10 * MB);
    check(sbrk(-(intptr_t)(9 * MB)) == start + 10 * MB);
    printf("shrunk: %d\n", start[MB - 1]);
    check(sbrk(5 * MB) == start + MB);
    int dirty = 0;
    for (size_t i = MB; i < 6 * MB; i++) dirty += start[i] != 0;
    printf("fresh bytes not zero: %d\n", dirty);
    char *now = sbrk(0);
    printf("refused: %d, unchanged %d\n", brk((void *)(1UL << 47)), sbrk(0) == now);
    printf("below the start: %d, unchanged %d\n", (int)((char *)syscall(SYS_brk, 4096) == now), sbrk(0) == now);
    check(brk(start) == 0);
    printf("back: %d\n", sbrk(0) == start);
    return 0;
}
