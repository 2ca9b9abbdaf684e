// remap: mremap in every form, with the contents followed and the vacated ranges proven free.
#include "proof.h"
static int vacant(char *address)
{
    unsigned char one;
    return mincore(address, PAGE, &one) == -1 && errno == ENOMEM;
}
// Grown into what is free behind it, again and again, and stopped by a neighbour; the pages of a file go on where they were.
static void grow_in_place(void)
{
    char *room = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(munmap(room + 2 * PAGE, 30 * PAGE) == 0);
    room[2 * PAGE - 1] = 'e';
    size_t size = 2 * PAGE;
    for (; mremap(room, size, size + PAGE + 1, 0) == room; size += 2 * PAGE) room[size + 2 * PAGE - 1] = 'n';
    printf("in place: %lu pages, then %s; %c %c\n", size / PAGE, strerror(errno), room[2 * PAGE - 1], room[size - 1]);
    check(mremap(room, size, size, 0) == room);
    check(mremap(room, size, PAGE, MREMAP_MAYMOVE) == room);
    printf("made small: %d %d\n", vacant(room + PAGE), vacant(room + size - PAGE));

    char name[] = "/tmp/remapXXXXXX";
    int file = mkstemp(name);
    check(file >= 0 && unlink(name) == 0 && ftruncate(file, 8 * PAGE) == 0 && pwrite(file, "five", 4, 5 * PAGE) == 4);
    char *pages = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    check(mremap(pages, 8 * PAGE, PAGE, 0) == pages && mremap(pages, PAGE, 7 * PAGE, MREMAP_MAYMOVE) == pages);
    printf("of a file: %s\n", pages + 5 * PAGE);
    printf("over its border: %s\n", mremap(room, 2 * PAGE, 3 * PAGE, 0) == MAP_FAILED ? strerror(errno) : "?");
}
int main(void)
{
    grow_in_place();
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
