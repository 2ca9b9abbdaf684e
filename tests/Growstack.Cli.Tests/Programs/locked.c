// locked [KILOBYTES]: mlock and mlockall, present and future, with a stack that grows afterwards; RLIMIT_MEMLOCK set when given.
#include "proof.h"
static long field(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long value = -1;
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name))) value = atol(line + strlen(name) + 1);
    if (file) fclose(file);
    return value;
}
int main(int argc, char **argv)
{
    if (argc > 1) {
        struct rlimit limit = { strtoul(argv[1], NULL, 0) * 1024, strtoul(argv[1], NULL, 0) * 1024 };
        check(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
    }
    char *memory = mmap(NULL, 4 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    printf("mlock: %s\n", mlock(memory, 32 * 1024) == 0 ? "done" : strerror(errno));
    printf("locked now: %ld kB\n", field("VmLck:"));
    int answer = munlock(memory, 32 * 1024);
    printf("munlock: %d, locked %ld kB\n", answer, field("VmLck:"));
    int all = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    printf("mlockall: %s, more locked %d\n", all == 0 ? "done" : strerror(errno), field("VmLck:") > 0);
    if (all == 0) {
        printf("deep: %d\n", descend(5 * MB) > 0);
        char *later = mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        printf("mapped later: %d\n", later != MAP_FAILED);
    }
    answer = munlockall();
    printf("munlockall: %d, locked %ld kB\n", answer, field("VmLck:"));
    return 0;
}
