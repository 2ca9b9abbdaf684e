// What could be seen where a thread stood when its stack overflowed.
using Growstack.Linux.Inspection;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Explaining;

/// <summary>What a stack's limit follows from.</summary>
public enum LimitOrigin
{
    /// <summary>A main stack: the soft RLIMIT_STACK.</summary>
    ResourceLimit,

    /// <summary>A main stack: <see cref="RunOptions.StackLimit"/>.</summary>
    Option,

    /// <summary>A main stack that the limit would let grow, but another mapping, or the reservation's end, is in the way.</summary>
    Neighbour,

    /// <summary>A thread of glibc without a size of its own: as much as the soft RLIMIT_STACK was when the program started, or 2 MiB without a limit.</summary>
    GlibcDefault,

    /// <summary>A thread of musl without a size of its own: 128 KiB.</summary>
    MuslDefault,

    /// <summary>A thread: <see cref="RunOptions.ThreadStackSize"/>.</summary>
    ThreadOption,

    /// <summary>The thread's creator asked for this size, by pthread_attr_setstacksize(3) or through its runtime.</summary>
    Attribute,

    /// <summary>A Java thread: -Xss, or the JVM's default.</summary>
    Java,

    /// <summary>Memory that the program itself mapped to serve as a stack: a coroutine's, or one given to a thread.</summary>
    Program,
}

/// <summary>What could be seen of a thread at the fault with which its stack overflowed.</summary>
public sealed record OverflowScene
{
    /// <summary>Whose stack it is.</summary>
    public required StackKind Kind { get; init; }

    /// <summary>The top of the stack: the address just above it.</summary>
    public required ulong StackEnd { get; init; }

    /// <summary>What the limit follows from.</summary>
    public required LimitOrigin LimitOrigin { get; init; }

    /// <summary>Whether the program has a handler for SIGSEGV, which is going to be called.</summary>
    public bool HasHandler { get; init; }

    /// <summary>The frame pointer, RBP.</summary>
    public ulong FramePointer { get; init; }

    /// <summary>The instruction that made the access.</summary>
    public required CallFrame Instruction { get; init; }

    /// <summary>The calls that led there; null where they could not be read.</summary>
    public CallChain? Chain { get; init; }

    /// <summary>Why there is no chain, and what would help; null when there is one.</summary>
    public string? ChainMissing { get; init; }

    /// <summary>Without a chain: what looks like return addresses on the stack, the innermost first. Some may be left from calls long over.</summary>
    public IReadOnlyList<CallFrame> ReturnAddresses { get; init; } = [];

    /// <summary>The runtimes that were recognised in the process.</summary>
    public ProcessRuntime Runtimes { get; init; }
}
