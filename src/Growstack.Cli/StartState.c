// Linked into the published command: what has to be seen or said before the runtime starts.
#include <malloc.h>
#include <signal.h>
#include <stddef.h>

static int pipe_was_ignored;

__attribute__((constructor)) static void look(void)
{
    // The runtime ignores SIGPIPE, and the program that growstack starts is to inherit what growstack found.
    struct sigaction action;
    pipe_was_ignored = sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;

    // The threads of the runtime's hardly allocate: an arena of its own costs each of them more than it ever gives back.
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
#endif
}

int growstack_pipe_was_ignored(void)
{
    return pipe_was_ignored;
}
