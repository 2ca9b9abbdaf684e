// Linked into the published command: the runtime ignores SIGPIPE before any managed code runs, and the program that growstack starts is to
// inherit what growstack found.
#include <signal.h>
#include <stddef.h>

static int pipe_was_ignored;

__attribute__((constructor)) static void look(void)
{
    struct sigaction action;
    pipe_was_ignored = sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int growstack_pipe_was_ignored(void)
{
    return pipe_was_ignored;
}
