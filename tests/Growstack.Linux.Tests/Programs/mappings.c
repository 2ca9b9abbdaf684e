// Makes random memory system calls from two threads: the map must be equal to the kernel's at the end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

static void *work(void *argument)
{
    unsigned seed = (unsigned)(long)argument;
    struct { char *start; size_t length; } areas[16];
    memset(areas, 0, sizeof areas);
    int file = open("/proc/self/exe", O_RDONLY);
    for (int i = 0; i < 3000; i++)
    {
        int slot = rand_r(&seed) % 16;
        char *start = areas[slot].start;
        size_t length = areas[slot].length;
        size_t wanted = (size_t)(1 + rand_r(&seed) % 40) * 4096 - rand_r(&seed) % 4000;
        if (start == NULL)
        {
            static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC };
            int protection = protections[rand_r(&seed) % 4];
            char *wish = areas[rand_r(&seed) % 16].start;
            start = rand_r(&seed) % 5 == 0
                ? mmap(wish + (wish ? 8 * 4096 : 0), wanted, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                : rand_r(&seed) % 3 == 0
                ? mmap(NULL, wanted, protection & ~PROT_WRITE, rand_r(&seed) % 2 ? MAP_PRIVATE : MAP_SHARED, file, 0)
                : mmap(NULL, wanted, protection, (rand_r(&seed) % 4 ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS, -1, 0);
            if (start == MAP_FAILED)
                exit(1);
            areas[slot].start = start;
            areas[slot].length = (wanted + 4095) & ~4095UL;
            continue;
        }
        size_t from = (size_t)(rand_r(&seed) % (length / 4096)) * 4096;
        size_t part = (1 + rand_r(&seed) % ((length - from) / 4096)) * 4096;
        switch (rand_r(&seed) % 7)
        {
        case 0:
            munmap(start, length);
            areas[slot].start = NULL;
            break;
        case 1:
            munmap(start + from, part);
            if (from == 0 && part == length)
                areas[slot].start = NULL;
            else
            {
                // What is left around the hole is given up too, in two calls, the second over a range with a hole.
                munmap(start, length);
                areas[slot].start = NULL;
            }
            break;
        case 2:
        case 3:
            mprotect(start + from, part, rand_r(&seed) % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
            break;
        case 4:
            mmap(start + from, part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            break;
        case 5:
        {
            char *moved = mremap(start, 4096, wanted, MREMAP_MAYMOVE);
            if (moved != MAP_FAILED)
            {
                if (length > 4096)
                    munmap(start + 4096, length - 4096);
                areas[slot].start = moved;
                areas[slot].length = (wanted + 4095) & ~4095UL;
            }
            break;
        }
        case 6:
            munmap(start + 1, part);        // not aligned: refused
            mprotect(start, 0, PROT_NONE);  // nothing
            mmap(start, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); // refused
            break;
        }
    }
    close(file);
    return NULL;
}

int main(int argc, char **argv)
{
    long seed = argc > 1 ? atol(argv[1]) : 1;
    pthread_t other;
    pthread_create(&other, NULL, work, (void *)(seed + 100));
    work((void *)seed);
    pthread_join(other, NULL);
    int segment = shmget(IPC_PRIVATE, 100000, IPC_CREAT | 0600);
    if (segment >= 0)
    {
        char *attached = shmat(segment, NULL, 0);
        attached[0] = 1;
        char *second = shmat(segment, NULL, SHM_RDONLY);
        shmctl(segment, IPC_RMID, NULL);
        shmdt(attached);
        if (second[0] != 1)
            return 1;
    }
    void *before = sbrk(0);
    if (sbrk(1000000) != before || sbrk(-500000) == (void *)-1)
        return 1;
    return 0;
}
