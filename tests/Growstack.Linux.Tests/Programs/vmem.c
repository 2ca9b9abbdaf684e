// Asks for more memory than 64 MB in three ways and prints the errors.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    if (mmap(NULL, 100 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
        printf("mmap %d\n", errno);
    void *small = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (small == MAP_FAILED)
        return 1;
    errno = 0;
    if (sbrk(100 << 20) == (void *)-1)
        printf("brk %d\n", errno);
    if (mremap(small, 1 << 20, 100 << 20, MREMAP_MAYMOVE) == MAP_FAILED)
        printf("mremap %d\n", errno);
    return 0;
}
