// jump KILOBYTES: writes first at the far end of one large local array, with nothing in between touched yet, then fills it.
#include "proof.h"
static __attribute__((noinline)) unsigned long leap(size_t bytes)
{
    volatile char *area = __builtin_alloca(bytes);
    area[0] = 1;
    unsigned long sum = 0;
    for (size_t at = 0; at < bytes; at += PAGE) { sum += area[at]; area[at] = 2; }
    return sum;
}
int main(int argc, char **argv)
{
    printf("sum %lu\n", leap((size_t)argument(argc, argv, 1, 6000) * 1024));
    return 0;
}
