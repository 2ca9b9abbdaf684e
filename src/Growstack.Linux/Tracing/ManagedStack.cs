// One stack that the map reserved and grows.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>One managed stack of one address space. Touched by the tracer's thread only.</summary>
internal sealed class ManagedStack(StackKind kind, int threadId, ulong start, ulong end, ulong guard)
{
    private readonly ulong _firstGuard = guard;

    internal StackKind Kind { get; } = kind;

    /// <summary>The thread that runs on it, or ran last; 0 while a thread stack has had none.</summary>
    internal int ThreadId { get; private set; } = threadId;

    /// <summary>The lowest address of the reservation, guard included.</summary>
    internal ulong Start { get; } = start;

    internal ulong End { get; } = end;

    /// <summary>The guard at the bottom. A program may put guards of its own above the first one, as the JVM does: growth stops there.</summary>
    internal ulong Guard { get; private set; } = guard;

    /// <summary>The lowest address that growth may reach.</summary>
    internal ulong Floor => Start + Guard;

    /// <summary>The lowest mapped address: the edge that moves down.</summary>
    internal ulong Low { get; set; } = end;

    internal long Growths { get; set; }

    /// <summary>The lowest page known to have been touched; <see cref="End"/> until it was measured.</summary>
    internal ulong LowestTouched { get; set; } = end;

    internal bool Measured { get; set; }

    internal ulong Mapped => End - Low;

    internal bool Contains(ulong address) => address >= Start && address < End;

    /// <summary>A thread starts on it: figures count from here, whoever ran on it before.</summary>
    internal void Begin(int tid)
    {
        ThreadId = tid;
        Growths = 0;
        LowestTouched = End;
        Measured = false;
    }

    /// <summary>The program changes the protection of a range: what it makes inaccessible below the edge is its guard from now on.</summary>
    internal void Protected(ulong start, ulong end, VmProt protection)
    {
        if (Kind == StackKind.Main || start >= Low || end <= Start)
            return;
        if (protection == VmProt.None)
            Guard = Math.Max(Guard, Math.Min(end, Low) - Start);
        else if (start < Floor)
            Guard = Math.Max(_firstGuard, Math.Max(start, Start) - Start);
    }

    /// <summary>Takes note of what is touched now, while the memory is there.</summary>
    internal void Measure(int pid)
    {
        if (PeakReader.LowestTouched(pid, Low, End) is { } lowest)
        {
            LowestTouched = Math.Min(LowestTouched, lowest);
            Measured = true;
        }
    }

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

    /// <summary>The call that makes a piece of this stack real. Of a thread's stack the host has the whole reservation mapped without access.</summary>
    internal SyscallRow PieceCall(in VmEntry piece) => Kind == StackKind.Main
        ? StackPiece.Call(piece)
        : new SyscallRow(SyscallNumber.Mprotect, piece.Start, piece.End - piece.Start, (ulong)(piece.Protection & VmProt.All));

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
