// One thread's stack, as far as it can be known from outside.
namespace Growstack.Linux.Inspection;

/// <summary>
/// The stack of one thread. Addresses are those of the inspected process; ranges are half-open, sizes in bytes.
/// What is not known is null, never guessed; <see cref="Certainty"/> says how sure the range is.
/// </summary>
public sealed record ThreadStack
{
    /// <summary>The thread id; for the main thread it equals the process id.</summary>
    public required int ThreadId { get; init; }

    /// <summary>The thread's name (at most 15 bytes, see prctl(2), PR_SET_NAME).</summary>
    public required string Name { get; init; }

    /// <summary>Who laid the stack out.</summary>
    public StackOrigin Origin { get; init; }

    /// <summary>How the range became known.</summary>
    public StackCertainty Certainty { get; init; }

    /// <summary>
    /// The lowest address the stack can ever use: above its guard. For the main stack this is where its limit, or the mapping below
    /// it, stops growth, far below what is mapped now.
    /// </summary>
    public ulong? Start { get; init; }

    /// <summary>The end of the highest page of the stack. With glibc the thread's descriptor and static TLS lie just below it.</summary>
    public ulong? End { get; init; }

    /// <summary>The bytes the stack can use: from <see cref="Start"/> to <see cref="End"/>.</summary>
    public ulong? Size => End - Start;

    /// <summary>The stack pointer at the moment of the inspection; null while the thread runs or without the permission to read it.</summary>
    public ulong? StackPointer { get; init; }

    /// <summary>The bytes between the stack pointer and <see cref="End"/>; null also while the thread is on another stack.</summary>
    public ulong? CurrentDepth => !OnOtherStack && End - StackPointer is { } depth ? depth : null;

    /// <summary>
    /// The thread was seen on a stack other than its own: a signal stack (sigaltstack(2)) or a coroutine's.
    /// </summary>
    public bool OnOtherStack { get; init; }

    /// <summary>
    /// The address of the deepest page ever touched, as far as the kernel still knows: a page given back with madvise(2) does not count.
    /// </summary>
    public ulong? DeepestPage { get; init; }

    /// <summary>The bytes from <see cref="DeepestPage"/> to <see cref="End"/>: the most ever used, to the page.</summary>
    public ulong? HighWater => End - DeepestPage;

    /// <summary>Where <see cref="DeepestPage"/> comes from.</summary>
    public TouchedSource TouchedSource { get; init; }

    /// <summary>The bytes of the stack in memory or swap: what it costs.</summary>
    public ulong? Resident { get; init; }

    /// <summary>The bytes never touched: <see cref="Size"/> less <see cref="HighWater"/>.</summary>
    public ulong? Headroom => Size - HighWater;

    /// <summary>The share of <see cref="Size"/> that was ever used, from 0 to 1.</summary>
    public double? UsedFraction => Size is > 0 and { } size && HighWater is { } used ? (double)used / size : null;

    /// <summary>What stops an overflow below <see cref="Start"/>.</summary>
    public StackGuard Guard { get; init; }

    /// <summary>The limit on this stack's growth: the soft RLIMIT_STACK for the main stack, null for stacks of fixed size.</summary>
    public ulong? Limit { get; init; }

    /// <summary>How close the stack came to its end.</summary>
    public StackRisk Risk => UsedFraction switch
    {
        null => StackRisk.Unknown,
        >= 0.9 => StackRisk.High,
        >= 0.7 => StackRisk.Elevated,
        _ => StackRisk.Low,
    };

    /// <summary>What a reader should know before trusting the figures.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Who laid a stack out.</summary>
public enum StackOrigin
{
    /// <summary>Not recognised.</summary>
    Unknown,

    /// <summary>The process's own stack, mapped by execve(2), which the kernel grows.</summary>
    Main,

    /// <summary>A POSIX thread's: the C library's, or memory the program gave it.</summary>
    Pthread,

    /// <summary>A POSIX thread's with HotSpot's guard zones inside.</summary>
    Java,

    /// <summary>A piece of Go's heap.</summary>
    Go,
}

/// <summary>How sure a stack's range is.</summary>
public enum StackCertainty
{
    /// <summary>At least one end is not known; what is not known is null.</summary>
    Unknown,

    /// <summary>From the layout of the mappings, the guard and the thread's descriptor: right for every known C library.</summary>
    Layout,

    /// <summary>The kernel's or the C library's own record says so.</summary>
    Recorded,
}

/// <summary>How the touched pages were found.</summary>
public enum TouchedSource
{
    /// <summary>Not found.</summary>
    None,

    /// <summary>Page by page from /proc/PID/pagemap (present or swapped).</summary>
    PageMap,

    /// <summary>Estimated from the Rss and Swap of the mapping in /proc/PID/smaps, as if the touched pages lay together at the top.</summary>
    ResidentSize,
}

/// <summary>How close a stack came to its end.</summary>
public enum StackRisk
{
    /// <summary>The size or the use is unknown.</summary>
    Unknown,

    /// <summary>Less than 70% was ever used.</summary>
    Low,

    /// <summary>70% or more was used.</summary>
    Elevated,

    /// <summary>90% or more was used.</summary>
    High,
}

/// <summary>What lies below a stack.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Its size in bytes; 0 if there is none or it is unknown.</param>
public readonly record struct StackGuard(StackGuardKind Kind, ulong Size);

/// <summary>The kinds of guard.</summary>
public enum StackGuardKind
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>None: writable memory lies directly below, an overflow would silently overwrite it.</summary>
    None,

    /// <summary>A mapping without access, PROT_NONE.</summary>
    Protected,

    /// <summary>Guard pages inside the mapping, installed with madvise(2), MADV_GUARD_INSTALL (Linux 6.13, glibc 2.42).</summary>
    GuardPages,

    /// <summary>The distance the kernel keeps between a growing stack and the mapping below it (stack_guard_gap, 1 MiB by default).</summary>
    GrowthGap,

    /// <summary>HotSpot's reserved, yellow and red zones, which turn an overflow into StackOverflowError.</summary>
    JavaZones,

    /// <summary>Nothing is mapped below: an overflow faults, but a later mapping may take the place.</summary>
    Unmapped,
}
