// Recurses without end.
#include <stdio.h>

static int recurse(int n)
{
    volatile char frame[1000];
    frame[0] = (char)n;
    return recurse(n + 1) + frame[0];
}

int main(void)
{
    puts("before");
    fflush(stdout);
    return recurse(0);
}
