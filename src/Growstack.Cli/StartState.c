// Linked into the published command: what has to be seen or said before the runtime starts.
#include <malloc.h>
#include <signal.h>
#include <stddef.h>

static int pipe_was_ignored;

static void nothing(int signal)
{
    (void)signal;
}

__attribute__((constructor)) static void look(void)
{
    // The runtime ignores SIGPIPE, and the program that growstack starts is to inherit what growstack found.
    struct sigaction action;
    pipe_was_ignored = sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;

    // A write of growstack's own beyond RLIMIT_FSIZE is to fail, not to end it. A handler does that, which execve(2) takes away again.
    if (sigaction(SIGXFSZ, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = nothing;
        sigaction(SIGXFSZ, &action, NULL);
    }

    // The threads of the runtime's hardly allocate: an arena of its own costs each of them more than it ever gives back.
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
#endif
}

int growstack_pipe_was_ignored(void)
{
    return pipe_was_ignored;
}
