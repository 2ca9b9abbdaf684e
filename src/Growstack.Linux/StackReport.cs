// The figures of one stack.
namespace Growstack.Linux;

/// <summary>Whose stack it is.</summary>
public enum StackKind
{
    /// <summary>The stack the kernel gave the process at exec.</summary>
    Main,

    /// <summary>The stack of a thread.</summary>
    Thread,
}

/// <summary>The figures of one stack at the end of its process image or thread. Sizes are in bytes.</summary>
public sealed record StackReport
{
    /// <summary>Whose stack it is.</summary>
    public StackKind Kind { get; init; }

    /// <summary>The thread that ran on it; for a main stack the process id.</summary>
    public int ThreadId { get; init; }

    /// <summary>The thread's name when the figures were taken, as in /proc/PID/task/TID/comm.</summary>
    public string ThreadName { get; init; } = "";

    /// <summary>The lowest address of the reservation, guard included.</summary>
    public ulong Start { get; init; }

    /// <summary>The address just above the stack.</summary>
    public ulong End { get; init; }

    /// <summary>The peak in use: from the lowest page ever touched to the top.</summary>
    public ulong PeakBytes { get; init; }

    /// <summary>What of the stack was mapped at the end.</summary>
    public ulong MappedBytes { get; init; }

    /// <summary>The reservation, from <see cref="Start"/> to <see cref="End"/>: what the stack can grow to, guard included, if its limit is raised.</summary>
    public ulong ReservedBytes { get; init; }

    /// <summary>What the stack may grow to: for a main stack the soft RLIMIT_STACK at the end, never more than the reservation less the guard.</summary>
    public ulong LimitBytes { get; init; }

    /// <summary>The guard below the reservation.</summary>
    public ulong GuardBytes { get; init; }

    /// <summary>How often the stack grew.</summary>
    public long Growths { get; init; }

    /// <summary>What was left at the peak: the limit less the peak, not below 0.</summary>
    public ulong HeadroomBytes => LimitBytes > PeakBytes ? LimitBytes - PeakBytes : 0;

    /// <summary>Whether the peak was measured to the page; false when the process ended before it could be (SIGKILL), and the peak is what was mapped.</summary>
    public bool PeakIsExact { get; init; } = true;

    /// <summary>
    /// Whether the stack was reserved and grown under the map. One that is not is only measured: it lies in the midst of other memory, such as an arena of the
    /// program's own, and its size and limit are what was untouched below it when its thread started.
    /// </summary>
    public bool IsManaged { get; init; } = true;
}
