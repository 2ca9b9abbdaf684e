// getattr: what pthread_getattr_np tells of the main stack, to the byte, and of a thread's.
#include "proof.h"
// The end of the mapping that holds the strings at the stack's top.
static uintptr_t top(void)
{
    extern char **environ;
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end;
    check(file != NULL && environ[0] != NULL);
    while (fgets(line, sizeof line, file) && sscanf(line, "%lx-%lx", &start, &end) == 2 && end <= (uintptr_t)environ[0]) { }
    fclose(file);
    return end;
}
static void say(const char *who, size_t expected)
{
    pthread_attr_t attributes;
    void *address;
    size_t size, guard;
    char here;
    check(pthread_getattr_np(pthread_self(), &attributes) == 0);
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_getguardsize(&attributes, &guard);
    printf("%s: within %d, guard %zu, as large as asked for %d, rounded %zu MB\n", who, &here >= (char *)address && &here < (char *)address + size,
           guard, size + 256 * 1024 >= expected, (size + MB / 2) / MB);
    if (*who == 'm') printf("%s: %zu bytes from the lowest address to the top\n", who, (size_t)(top() - (uintptr_t)address));
    fflush(stdout);
}
static void *body(void *expected) { say("thread", (size_t)expected); return NULL; }
int main(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    say("main", limit.rlim_cur);
    descend(3 * MB);
    say("main after growth", limit.rlim_cur);
    descend(7 * MB);
    say("main after more growth", limit.rlim_cur);
    pthread_t thread;
    check(pthread_create(&thread, NULL, body, (void *)limit.rlim_cur) == 0);
    pthread_join(thread, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 3 * MB);
    pthread_attr_setguardsize(&attributes, 64 * 1024);
    check(pthread_create(&thread, &attributes, body, (void *)(3 * MB)) == 0);
    pthread_join(thread, NULL);
    return 0;
}
