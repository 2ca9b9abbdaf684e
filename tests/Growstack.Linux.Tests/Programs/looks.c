// Prints what a program can see of its main stack, in a form that does not depend on where the stack lies.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

int main(int argc, char **argv, char **envp)
{
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("limit %lu\n", (unsigned long)limit.rlim_cur);

    pthread_attr_t attributes;
    void *address;
    size_t size, guard;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_getguardsize(&attributes, &guard);
    char *here = (char *)&limit;
    // Where exactly the top lies within the last pages is random.
    printf("attributes %zu %d %d\n", (size + 262144) / 524288, here > (char *)address, here < (char *)address + size);

    volatile char *deep = here - 3000000;
    *deep = 1;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &address, &size);
    printf("attributes after growth %zu\n", (size + 262144) / 524288);

    char line[512];
    int stacks = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]"))
        {
            unsigned long start, end;
            char permissions[8];
            sscanf(line, "%lx-%lx %7s", &start, &end, permissions);
            stacks++;
            printf("%s %d %d\n", permissions, (unsigned long)deep >= start, (unsigned long)here < end);
        }
    fclose(maps);
    printf("stacks %d argc %d arg0 %d env %d random %d\n", stacks, argc, argv[0][0] != 0, envp[0] != NULL, getauxval(AT_RANDOM) != 0);
    return 0;
}
