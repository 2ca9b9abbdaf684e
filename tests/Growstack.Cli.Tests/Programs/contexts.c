// contexts: coroutines on stacks of their own (makecontext), in static, heap and mapped memory, switching while the main stack grows.
#include "proof.h"
#include <ucontext.h>
static ucontext_t home, rooms[3];
static char fixed[128 * 1024];
static int turns[3];
static void body(int index)
{
    for (int i = 0; i < 50; i++) { turns[index] += descend(64 * 1024) > 0; swapcontext(&rooms[index], &home); }
}
int main(void)
{
    char *stacks[3] = { fixed, malloc(128 * 1024), mmap(NULL, 128 * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0) };
    for (int i = 0; i < 3; i++) {
        check(stacks[i] != NULL && stacks[i] != MAP_FAILED && getcontext(&rooms[i]) == 0);
        rooms[i].uc_stack.ss_sp = stacks[i];
        rooms[i].uc_stack.ss_size = 128 * 1024;
        rooms[i].uc_link = &home;
        makecontext(&rooms[i], (void (*)(void))body, 1, i);
    }
    for (int turn = 0; turn < 50; turn++)
        for (int i = 0; i < 3; i++) { descend((size_t)(turn + 1) * 64 * 1024); swapcontext(&home, &rooms[i]); }
    printf("turns %d %d %d\n", turns[0], turns[1], turns[2]);
    return 0;
}
