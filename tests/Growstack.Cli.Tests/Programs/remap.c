// remap: mremap in every form, with the contents followed and the vacated ranges proven free.
#include "proof.h"
static int vacant(char *address)
{
    unsigned char one;
    return mincore(address, PAGE, &one) == -1 && errno == ENOMEM;
}
int main(void)
{
    char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    memset(memory, 'a', 8 * PAGE);
    check(mremap(memory, 8 * PAGE, 4 * PAGE, 0) == memory);
    printf("shrunk: %c, rest vacant %d\n", memory[4 * PAGE - 1], vacant(memory + 4 * PAGE));
    char *moved = mremap(memory, 4 * PAGE, 64 * MB, MREMAP_MAYMOVE);
    check(moved != MAP_FAILED);
    moved[64 * MB - 1] = 'z';
    printf("grown: %c %c %d\n", moved[0], moved[64 * MB - 1], moved[4 * PAGE]);
    char *target = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(mremap(moved, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 4 * PAGE) == target + 4 * PAGE);
    printf("fixed: %c, old vacant %d\n", target[4 * PAGE], vacant(moved));
    char *kept = mremap(target + 4 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("kept: %s, new %c, old zero %d\n", kept == MAP_FAILED ? strerror(errno) : "moved", kept == MAP_FAILED ? '-' : kept[0], target[4 * PAGE]);
    printf("of nothing: %s\n", mremap(moved, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? strerror(errno) : "?");
    printf("deep after it: %d\n", descend(4 * MB) > 0);
    return 0;
}
