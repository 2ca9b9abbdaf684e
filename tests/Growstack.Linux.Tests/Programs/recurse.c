// Recurses until the given number of megabytes of stack is in use, touching every frame. With "lower N" it sets its stack limit to N
// megabytes first.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static char *top;

static unsigned long recurse(unsigned long bytes, unsigned depth)
{
    volatile char frame[480];
    frame[0] = (char)depth;
    if ((unsigned long)(top - (char *)frame) >= bytes)
        return depth;
    return recurse(bytes, depth + 1) + (unsigned long)(frame[0] == (char)depth) - 1;
}

int main(int argc, char **argv)
{
    char here;
    top = &here;
    if (argc > 3 && strcmp(argv[2], "lower") == 0)
    {
        struct rlimit limit;
        getrlimit(RLIMIT_STACK, &limit);
        limit.rlim_cur = strtoul(argv[3], NULL, 10) << 20;
        setrlimit(RLIMIT_STACK, &limit);
    }
    unsigned long megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    printf("%d\n", recurse(megabytes << 20, 0) > 0);
    return 0;
}
