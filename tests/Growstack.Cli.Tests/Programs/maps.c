// maps: what /proc/self/maps tells of the main stack, before and after growth, from the main thread and from another.
#include "proof.h"
extern char **environ;
static char *here, *text;
static void say(const char *when)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    int stacks = 0, within = 0, strings = 0, overlaps = 0, private = 0;
    unsigned long start, end, previous = 0;
    check(file != NULL);
    while (fgets(line, sizeof line, file)) {
        char protection[8];
        check(sscanf(line, "%lx-%lx %7s", &start, &end, protection) == 3);
        overlaps += start < previous;
        previous = end;
        if (!strstr(line, "[stack]")) continue;
        stacks++;
        private += !strcmp(protection, "rw-p");
        within += (unsigned long)here >= start && (unsigned long)here < end;
        strings += (unsigned long)text >= start && (unsigned long)text < end;
    }
    fclose(file);
    printf("%s: stacks %d, rw-p %d, local within %d, strings within %d, overlaps %d\n", when, stacks, private, within, strings, overlaps);
    fflush(stdout);
}
static void *body(void *unused) { (void)unused; say("thread"); return NULL; }
int main(int argc, char **argv)
{
    char local;
    (void)argc;
    here = &local;
    text = environ[0] ? environ[0] : argv[0];
    say("at the start");
    descend(5 * MB);
    say("after growth");
    pthread_t thread;
    check(pthread_create(&thread, NULL, body, NULL) == 0);
    pthread_join(thread, NULL);
    return 0;
}
