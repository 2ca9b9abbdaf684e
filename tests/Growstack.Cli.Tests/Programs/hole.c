// hole: maps two pieces where its main stack may grow to, takes them away one by one, and each time needs what they kept the stack from.
#include "proof.h"

int main(void)
{
    uintptr_t here = (uintptr_t)&here & -PAGE;
    size_t length = 16 * PAGE;
    char *upper = (char *)here - 3 * MB, *lower = (char *)here - 6 * MB;
    check(mmap(upper, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == upper);
    check(mmap(lower, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == lower);
    upper[0] = lower[0] = 1;
    printf("above both: %d\n", descend(1 * MB) > 0);
    check(munmap(upper, length) == 0);
    printf("above one: %d\n", descend(4 * MB) > 0);
    check(munmap(lower + length / 2, length / 2) == 0 && munmap(lower, length / 2) == 0);
    printf("above none: %d\n", descend(7 * MB) > 0);
    return 0;
}
