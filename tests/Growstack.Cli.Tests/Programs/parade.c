// parade COUNT: so many threads, one after the other; says when a tenth of them has passed, and when all have; then waits
// for its input to end.
#include "proof.h"
static void *body(void *argument) { return argument; }
int main(int argc, char **argv)
{
    int count = argument(argc, argv, 1, 1000);
    for (int i = 1; i <= count; i++) {
        pthread_t thread;
        check(pthread_create(&thread, NULL, body, NULL) == 0);
        pthread_join(thread, NULL);
        if (i == count / 10) { printf("a tenth\n"); fflush(stdout); }
    }
    printf("all\n");
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
}
