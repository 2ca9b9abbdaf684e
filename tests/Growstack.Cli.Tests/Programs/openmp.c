// openmp: a parallel loop whose threads need much stack (OMP_STACKSIZE).
#include "proof.h"
int main(void)
{
    long sum = 0;
#pragma omp parallel for reduction(+ : sum) num_threads(8)
    for (int i = 0; i < 64; i++) {
        volatile char area[3 * MB];
        for (size_t at = 0; at < sizeof area; at += PAGE) area[sizeof area - 1 - at] = 1;
        sum += area[sizeof area - 1] + i;
    }
    printf("sum %ld\n", sum);
    return 0;
}
