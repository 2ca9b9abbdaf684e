// shared: System V shared memory attached, re-attached over a mapping, inherited by a child, detached; and shared files.
#include "proof.h"
#include <sys/shm.h>
int main(void)
{
    int status, id = shmget(IPC_PRIVATE, 4 * MB, IPC_CREAT | 0600);
    check(id >= 0);
    char *first = shmat(id, NULL, 0), *second = shmat(id, NULL, 0);
    check(first != (void *)-1 && second != (void *)-1);
    shmctl(id, IPC_RMID, NULL);
    first[3 * MB] = 's';
    printf("seen twice: %c\n", second[3 * MB]);
    char *place = mmap(NULL, 8 * MB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(shmat(id, place + MB, SHM_REMAP) == place + MB);
    printf("over a mapping: %c\n", place[4 * MB]);
    pid_t child = fork();
    if (child == 0) { first[0] = 'c'; descend(2 * MB); _exit(shmdt(second)); }
    check(waitpid(child, &status, 0) == child);
    tell("child", status);
    printf("written by the child: %c\n", second[0]);
    printf("detached: %d %d %d\n", shmdt(first), shmdt(second), shmdt(place + MB));
    printf("detached again: %s\n", shmdt(first) == -1 ? strerror(errno) : "?");
    char name[] = "/tmp/shared-XXXXXX";
    int file = mkstemp(name);
    check(file >= 0 && unlink(name) == 0 && ftruncate(file, 1 * MB) == 0);
    char *mapped = mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    check(mapped != MAP_FAILED);
    mapped[MB - 1] = 'f';
    char byte = 0;
    check(pread(file, &byte, 1, MB - 1) == 1 && msync(mapped, MB, MS_SYNC) == 0);
    printf("through the file: %c\n", byte);
    return 0;
}
