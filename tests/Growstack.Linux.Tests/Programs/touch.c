// touch DISTANCE [STEP]: touches the byte the given distance below its frame, after one at every step on the way down. Prints how far the last byte's
// page is from the top of the stack, and how much of the stack is resident then.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
    unsigned long distance = strtoul(argv[1], NULL, 10);
    char line[512];
    unsigned long start, end = 0;
    // Read the top first: what is printed must not depend on stdio's own use of the stack.
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]"))
            sscanf(line, "%lx-%lx", &start, &end);
    fclose(maps);
    unsigned long step = argc > 2 ? strtoul(argv[2], NULL, 10) : distance;
    for (unsigned long at = step; at < distance; at += step)
        ((volatile char *)line)[-(long)at] = 1;
    volatile char *byte = (volatile char *)line - distance;
    *byte = 1;
    unsigned long peak = end - ((unsigned long)byte & ~4095UL), resident = 0;
    static unsigned char pages[1 << 16];
    if (mincore((void *)(end - peak), peak, pages) != 0)
        return 1;
    for (unsigned long page = 0; page < peak / 4096; page++)
        resident += (pages[page] & 1) * 4096UL;
    printf("%lu %lu\n", peak, resident);
    return 0;
}
