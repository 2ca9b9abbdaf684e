// initial: what the kernel left on the new stack: arguments, environment, auxiliary vector, alignment.
#include "proof.h"
#include <sys/auxv.h>
extern char **environ;
extern void *__libc_stack_end;
int main(int argc, char **argv)
{
    printf("argc %d\n", argc);
    for (int i = 0; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
    printf("ended by null: %d\n", argv[argc] == NULL);
    for (char **each = environ; *each; each++) printf("environment: %s\n", *each);
    char *file = (char *)getauxval(AT_EXECFN), *platform = (char *)getauxval(AT_PLATFORM);
    unsigned char *random = (unsigned char *)getauxval(AT_RANDOM);
    int varied = 0;
    for (int i = 0; random && i < 16; i++) varied |= random[i];
    printf("execfn %s\nplatform %s\nrandom %d\nvdso %d\n", file, platform, varied != 0, getauxval(AT_SYSINFO_EHDR) != 0);
    printf("page %lu, uid %lu, secure %lu, clock %lu, headers %lu\n", getauxval(AT_PAGESZ), getauxval(AT_UID), getauxval(AT_SECURE),
           getauxval(AT_CLKTCK), getauxval(AT_PHNUM));
    printf("aligned: %d\n", ((uintptr_t)__libc_stack_end & 15) == 0);
    printf("all on one stack: %d\n", (char *)file > (char *)argv && (char *)file - (char *)argv < (long)MB);
    return argc;
}
