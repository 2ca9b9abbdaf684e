// overflow [main|thread|child]: recurses without end and so dies by SIGSEGV.
#include "proof.h"
static void *fall(void *thread) { if (thread) pthread_setname_np(pthread_self(), "overflower"); return (void *)descend_to(0); }
int main(int argc, char **argv)
{
    const char *where = argc > 1 ? argv[1] : "main";
    puts("before");
    fflush(stdout);
    if (!strcmp(where, "thread")) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, fall, &thread) == 0);
        pthread_join(thread, NULL);
    } else if (!strcmp(where, "child")) {
        pid_t child = fork();
        if (child == 0) fall(NULL);
        int status;
        check(waitpid(child, &status, 0) == child);
        tell("child", status);
        return 0;
    } else {
        fall(NULL);
    }
    puts("never said");
    return 0;
}
