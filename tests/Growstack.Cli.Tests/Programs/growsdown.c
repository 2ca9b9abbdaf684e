// growsdown: mappings made with MAP_GROWSDOWN and MAP_STACK by the program itself keep growing as the kernel lets them.
#include "proof.h"
int main(void)
{
    char *area = mmap(NULL, 64 * MB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(area != MAP_FAILED && munmap(area, 64 * MB) == 0);
    char *top = area + 48 * MB;
    char *stack = mmap(top - 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_STACK | MAP_FIXED, -1, 0);
    check(stack == top - 4 * PAGE);
    memset(stack, 1, 4 * PAGE);
    int grown = 0;
    for (char *page = stack - PAGE; page > stack - 100 * PAGE; page -= PAGE) { *(volatile char *)page = 2; grown++; }
    printf("grown by %d pages, top byte %d, last byte %d\n", grown, stack[0], stack[-1 * (long)PAGE]);
    char *plain = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    check(plain != MAP_FAILED);
    memset(plain, 3, 16 * PAGE);
    printf("plain MAP_STACK whole: %d\n", plain[0] + plain[16 * PAGE - 1]);
    return 0;
}
