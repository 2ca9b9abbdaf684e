// dontfork: memory kept from children by madvise(2), given to them again, moved in between; a thread's stack too.
#include "proof.h"
static const char *state(char *at)
{
    unsigned char resident;
    return mincore(at, PAGE, &resident) == 0 ? "mapped" : "not mapped";
}
static void child(const char *when, char *memory, char *shared)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        printf("%s: %s, %s, %s; shared %s\n", when, state(memory), state(memory + PAGE), state(memory + 2 * PAGE), state(shared));
        char *other = mmap(memory + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        printf("%s: the child maps there: %s\n", when, other == memory + PAGE ? "yes" : strerror(errno));
        exit(0);
    }
    int status;
    check(waitpid(pid, &status, 0) == pid);
    tell(when, status);
}
static void *keep_own_stack(void *unused)
{
    pthread_attr_t attributes;
    void *stack;
    size_t size;
    check(pthread_getattr_np(pthread_self(), &attributes) == 0 && pthread_attr_getstack(&attributes, &stack, &size) == 0);
    descend(300 * 1024);
    check(madvise((char *)stack, size / 2, MADV_DONTFORK) == 0 || errno == ENOMEM);
    return unused;
}
int main(void)
{
    char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED && shared != MAP_FAILED);
    memset(memory, 1, 8 * PAGE);
    check(madvise(memory + PAGE, PAGE, MADV_DONTFORK) == 0 && madvise(shared, PAGE, MADV_DONTFORK) == 0);
    child("kept", memory, shared);
    check(madvise(memory, 3 * PAGE, MADV_DOFORK) == 0 && madvise(shared, PAGE, MADV_DOFORK) == 0);
    child("given", memory, shared);
    check(madvise(memory, 3 * PAGE, MADV_DONTFORK) == 0);
    char *moved = mremap(memory, 3 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    check(moved != MAP_FAILED);
    child("moved", moved, shared);
    check(munmap(moved + 4 * PAGE, PAGE) == 0 && madvise(moved, 6 * PAGE, MADV_DOFORK) != 0 && errno == ENOMEM);
    child("with a hole", moved, shared);
    pthread_t thread;
    check(pthread_create(&thread, NULL, keep_own_stack, NULL) == 0 && pthread_join(thread, NULL) == 0);
    child("a stack", moved, shared);
    return 0;
}
