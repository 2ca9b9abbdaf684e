// What an inspection answers: a process, its threads' stacks, advice, and what could not be read.
namespace Growstack.Linux.Inspection;

/// <summary>The stacks of one process as they were at one moment. A snapshot: the process went on running while it was taken.</summary>
/// <param name="ProcessId">The process id, as this process sees it.</param>
/// <param name="Name">The program's name: the file name it was executed from, or the kernel's short name where that is unreadable.</param>
/// <param name="Runtime">What was recognised in the address space, for it decides how stacks are laid out and how they are enlarged.</param>
/// <param name="StackLimit">The soft RLIMIT_STACK in bytes, <see cref="ulong.MaxValue"/> for unlimited; null if it could not be read. See getrlimit(2).</param>
/// <param name="Threads">Every thread, the riskiest stack first.</param>
/// <param name="Advice">Stacks that are close to their limit, and stacks far larger than was ever used.</param>
/// <param name="Unreadable">What could not be read, and which permission is missing.</param>
public sealed record ProcessStacks(
    int ProcessId,
    string Name,
    ProcessRuntime Runtime,
    ulong? StackLimit,
    IReadOnlyList<ThreadStack> Threads,
    IReadOnlyList<StackAdvice> Advice,
    IReadOnlyList<Unreadable> Unreadable);

/// <summary>Runtimes and libraries that decide how a process lays out its stacks. Recognised by what is mapped.</summary>
[Flags]
public enum ProcessRuntime
{
    /// <summary>Nothing was recognised: a static program, or maps that could not be read.</summary>
    None = 0,

    /// <summary>The GNU C library.</summary>
    Glibc = 1,

    /// <summary>The musl C library.</summary>
    Musl = 2,

    /// <summary>HotSpot: Java threads carry guard zones of their own inside the stack.</summary>
    Java = 4,

    /// <summary>CoreCLR.</summary>
    DotNet = 8,

    /// <summary>Go: goroutine stacks live in Go's heap and move when they grow.</summary>
    Go = 16,

    /// <summary>CPython.</summary>
    Python = 32,

    /// <summary>An OpenMP runtime, whose workers' stacks are sized by OMP_STACKSIZE.</summary>
    OpenMP = 64,

    /// <summary>Node.js.</summary>
    Node = 128,
}

/// <summary>Something an inspection could not find out.</summary>
/// <param name="Fact">What remained unknown.</param>
/// <param name="Cause">Why.</param>
/// <param name="ThreadId">The thread concerned, or null for the whole process.</param>
/// <param name="Explanation">A sentence for a person: what is missing, and which permission would bring it.</param>
public sealed record Unreadable(StackFact Fact, UnreadableCause Cause, int? ThreadId, string Explanation);

/// <summary>The facts an inspection collects.</summary>
public enum StackFact
{
    /// <summary>The process or thread itself.</summary>
    Existence,

    /// <summary>The mappings: /proc/PID/maps.</summary>
    AddressMap,

    /// <summary>Which pages were ever touched: /proc/PID/pagemap.</summary>
    TouchedPages,

    /// <summary>A thread's stack pointer: /proc/PID/task/TID/syscall.</summary>
    StackPointer,

    /// <summary>The C library's own record of a thread's stack, in the process's memory.</summary>
    ThreadDescriptor,

    /// <summary>Resource limits: /proc/PID/limits.</summary>
    Limits,
}

/// <summary>Why a fact could not be read.</summary>
public enum UnreadableCause
{
    /// <summary>It ended before it could be read, or it never existed.</summary>
    Vanished,

    /// <summary>The process belongs to another user: that user's or CAP_SYS_PTRACE is needed.</summary>
    OtherUser,

    /// <summary>The process runs as this user but is not dumpable (setuid, file capabilities, or prctl(2)): CAP_SYS_PTRACE is needed.</summary>
    NotDumpable,

    /// <summary>Yama's kernel.yama.ptrace_scope keeps it from all but ancestors: CAP_SYS_PTRACE is needed.</summary>
    PtraceScope,

    /// <summary>The thread is running on a CPU; its stack pointer can be read only while it waits.</summary>
    Running,

    /// <summary>A kernel thread or a zombie: there is no address space.</summary>
    NoAddressSpace,

    /// <summary>The kernel does not offer it.</summary>
    Unsupported,
}
