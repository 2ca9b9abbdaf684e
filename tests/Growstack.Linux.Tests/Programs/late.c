/* A library that is loaded late, and faults. */
volatile int sink;

__attribute__((noinline)) void late_inner(void)
{
    *(volatile int *)8 = 1;
    sink++;
}

void late(void)
{
    late_inner();
    sink++;
}
