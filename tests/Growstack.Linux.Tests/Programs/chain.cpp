// C++ names in a chain: namespaces, templates, a destructor and an exception's handler below them.
#include <cstdio>
#include <string>
#include <unistd.h>

namespace demo {

__attribute__((noinline)) void stand_still()
{
    std::printf("thread %d\nready\n", getpid());
    std::fflush(stdout);
    for (;;)
        __asm__ volatile("movl $34, %%eax\n\tsyscall" : : : "rax", "rcx", "r11", "memory");
}

volatile int sink;

struct Node {
    template <typename T> __attribute__((noinline)) void visit(T depth)
    {
        if (depth > 0)
            visit(depth - 1);
        else
            stand_still();
        sink = sink + 1;
    }
    __attribute__((noinline)) ~Node() { visit(5L); sink = sink + 1; }
};

}

int main()
{
    std::printf("pid %d\n", getpid());
    std::fflush(stdout);
    demo::Node node;
}
