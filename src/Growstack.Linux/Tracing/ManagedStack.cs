// One stack that the map reserved and grows.
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>One managed stack of one address space. Touched by the tracer's thread only.</summary>
internal sealed class ManagedStack(StackKind kind, int threadId, ulong start, ulong end, ulong guard)
{
    internal StackKind Kind { get; } = kind;

    internal int ThreadId { get; } = threadId;

    /// <summary>The lowest address of the reservation, guard included.</summary>
    internal ulong Start { get; } = start;

    internal ulong End { get; } = end;

    internal ulong Guard { get; } = guard;

    /// <summary>The lowest mapped address: the edge that moves down.</summary>
    internal ulong Low { get; set; } = end;

    internal long Growths { get; set; }

    /// <summary>The lowest page known to have been touched; <see cref="End"/> until it was measured.</summary>
    internal ulong LowestTouched { get; set; } = end;

    internal bool Measured { get; set; }

    internal ulong Mapped => End - Low;

    internal bool Contains(ulong address) => address >= Start && address < End;

    /// <summary>Whether an address is in the part not grown into yet, guard included.</summary>
    internal bool InGap(ulong address) => address >= Start && address < Low;

    /// <summary>What a growth from here takes: at least the kernel's step; doubling makes deep recursion a matter of a few stops.</summary>
    internal ulong Step(ulong stackGrowthSize, bool geometric)
    {
        const ulong largest = 8UL << 20;
        return geometric ? Math.Max(stackGrowthSize, Math.Min(VmPage.RoundDown(Mapped), largest)) : stackGrowthSize;
    }

    /// <summary>A copy for a forked child: same place, own accounts.</summary>
    internal ManagedStack Fork(int pid) => new(Kind, pid, Start, End, Guard) { Low = Low };

    internal StackReport Report(string name, ulong limit)
    {
        ulong room = End - Start - Guard;
        return new StackReport
        {
            Kind = Kind,
            ThreadId = ThreadId,
            ThreadName = name,
            Start = Start,
            End = End,
            PeakBytes = End - (Measured ? LowestTouched : Low),
            MappedBytes = Mapped,
            ReservedBytes = End - Start,
            LimitBytes = Math.Min(limit, room),
            GuardBytes = Guard,
            Growths = Growths,
            PeakIsExact = Measured,
        };
    }
}
