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

    /// <summary>Whether the map grows it; a stack in the midst of other memory is only measured.</summary>
    internal bool IsManaged { get; init; } = true;

    /// <summary>Whether its memory was unmapped: there is nothing left to measure.</summary>
    internal bool IsGone { get; set; }

    /// <summary>Whether a thread runs on it now.</summary>
    internal bool InUse { get; set; }

    /// <summary>The lowest address of the reservation, guard included.</summary>
    internal ulong Start { get; private set; } = start;

    internal ulong End { get; } = end;

    /// <summary>The guard at the bottom. A program may put guards of its own above the first one, as the JVM does: growth stops there.</summary>
    internal ulong Guard { get; private set; } = guard;

    /// <summary>The size of an inaccessible mapping of the program's own directly below, which is none of this stack's range.</summary>
    internal ulong GuardBelow { get; set; }

    /// <summary>Whether the program gave itself access to what lies below the edge: no fault tells of its use then.</summary>
    private bool _opened;

    /// <summary>What the stack was made with: all but the first guard.</summary>
    internal ulong Size => End - Start - _firstGuard;

    /// <summary>The lowest address that growth may reach.</summary>
    internal ulong Floor => Start + Guard;

    /// <summary>The size the stack is to have for <see cref="RunOptions.ThreadStackSize"/>, whatever its mapping's; 0: its mapping's.</summary>
    internal ulong AskedSize { get; init; }

    /// <summary>What it may use beyond its limit since it went past that, for <see cref="RunOptions.Reserve"/>.</summary>
    internal ulong Slack { get; set; }

    /// <summary>The lowest address of what was mapped below the program's own mapping; 0 while nothing was.</summary>
    internal ulong Extension { get; set; }

    /// <summary>The lowest address that is or may become part of it without another mapping.</summary>
    internal ulong Lowest => Extension == 0 ? Start : Extension;

    /// <summary>What it may hold, of itself; of a main stack the resource limit decides besides.</summary>
    internal ulong Limit => AskedSize == 0 ? End - Floor : HasOwnGuard ? Math.Min(AskedSize, End - Floor) : AskedSize;

    /// <summary>The lowest address that its mapping may be grown to now.</summary>
    internal ulong GrowthFloor => Math.Max(Floor, End - Math.Min(End, Limit + Slack));

    /// <summary>Whether the program put guards of its own into it, and so looks after its limit itself.</summary>
    internal bool HasOwnGuard => Guard > _firstGuard;

    /// <summary>The lowest mapped address: the edge that moves down.</summary>
    internal ulong Low { get; set; } = end;

    /// <summary>The lowest address that the host has accessible: the start of its skirt, see <see cref="Skirts"/>; <see cref="Low"/> where it has none.</summary>
    internal ulong Skirt { get => Math.Min(field, Low); set; } = end;

    /// <summary>The page to which the kernel was let write first of what it wrote, see <see cref="Skirts.LetWrite"/>; 0 for none.</summary>
    internal ulong Ajar { get; set; }

    /// <summary>Where that ends of which the map has everything from <see cref="Ajar"/> on, but whose pages may still be protected.</summary>
    internal ulong AjarEnd { get; set; }

    /// <summary>Whether the kernel has gone on from <see cref="Ajar"/> to the next page.</summary>
    internal bool AjarWentOn { get; set; }

    /// <summary>Whether the stack last grew for a write of the kernel's after another one that never went on to a second page.</summary>
    internal bool IsWrittenInBits { get; set; }

    /// <summary>Whether all of a thread's stack is in the watch of its address space, so that skirts need marks only.</summary>
    internal bool IsWatched { get; set; }

    /// <summary>Whether its memory has been given back since its skirt was laid: the marks are gone too.</summary>
    internal bool IsWorn { get; set; }

    internal long Growths { get; set; }

    /// <summary>From the highest to the lowest page that <see cref="Prefault"/> has made; other pages may lie between.</summary>
    internal PrefaultedPages Prefaulted { get; set; }

    /// <summary>The lowest page known to have been touched; <see cref="End"/> until it was measured.</summary>
    internal ulong LowestTouched { get; set; } = end;

    internal bool Measured { get; set; }

    internal ulong Mapped => End - Low;

    internal bool Contains(ulong address) => address >= Start && address < End;

    /// <summary>A thread starts on it: figures count from here, whoever ran on it before.</summary>
    internal void Begin(int tid)
    {
        ThreadId = tid;
        InUse = true;
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
        _opened |= protection != VmProt.None;
    }

    /// <summary>The program makes a range below the edge a guard by marks, or takes the marks away; how accessible the mapping is stays as it was.</summary>
    internal void Marked(ulong start, ulong end, bool guard)
    {
        bool opened = _opened;
        Protected(start, end, guard ? VmProt.None : VmProt.ReadWrite);
        _opened = opened;
        if (!guard && start <= Start && end >= Floor)
            Guard = 0;
    }

    /// <summary>The program unmaps a range: the stack loses what lies in it at its lower end.</summary>
    /// <returns>False when that is not all the range has of it: it is no stack any more.</returns>
    internal bool TrimBelow(ulong start, ulong end)
    {
        if (start > Start || end > Low)
            return false;
        ulong floor = Math.Max(Floor, end);
        Start = end;
        Guard = floor - end;
        return true;
    }

    /// <summary>Takes note of what is touched now, while the memory is there.</summary>
    internal void Measure(int pid)
    {
        if (!IsGone && PeakReader.LowestTouched(pid, Extension != 0 ? Extension : _opened ? Start : Low, End, Prefaulted) is { } lowest)
        {
            LowestTouched = Math.Min(LowestTouched, lowest);
            Measured = true;
        }
    }

    /// <summary>Whether an address is in the part not grown into yet, guard included.</summary>
    internal bool InGap(ulong address) => address >= Start && address < Low;

    /// <summary>What a geometric growth from here takes: at least the kernel's step; doubling makes deep recursion a matter of a few stops.</summary>
    internal ulong Step(ulong stackGrowthSize, bool prefault)
    {
        const ulong largest = 8UL << 20;
        return Math.Max(stackGrowthSize, Math.Min(VmPage.RoundDown(prefault ? Mapped / Prefault.Share : Mapped), largest));
    }

    /// <summary>A copy for a forked child: same place, own accounts.</summary>
    internal ManagedStack Fork(int pid) => new(Kind, pid, Start, End, Guard)
    {
        Low = Low,
        Skirt = Skirt,
        IsManaged = IsManaged,
        GuardBelow = GuardBelow,
        _opened = _opened,
        AskedSize = AskedSize,
        Slack = Slack,
        Extension = Extension,
        Prefaulted = Prefaulted,
    };

    /// <summary>The call that makes a range of this stack real. Of a thread's stack the host has the whole reservation mapped without access.</summary>
    internal SyscallRow PieceCall(ulong start, ulong end, VmProt protection) => Kind == StackKind.Main
        ? StackPiece.Call(start, end, protection)
        : new SyscallRow(SyscallNumber.Mprotect, start, end - start, (ulong)(protection & VmProt.All));

    internal StackReport Report(string name, ulong limit)
    {
        return new StackReport
        {
            Kind = Kind,
            ThreadId = ThreadId,
            ThreadName = name,
            Start = Start - GuardBelow,
            End = End,
            PeakBytes = End - (Measured ? LowestTouched : Low),
            MappedBytes = Extension == 0 ? Mapped : Math.Max(Mapped, End - LowestTouched),
            ReservedBytes = End - Start + GuardBelow,
            LimitBytes = Math.Min(limit, Limit),
            GuardBytes = Guard + GuardBelow,
            Growths = Growths,
            PeakIsExact = Measured,
            IsManaged = IsManaged,
        };
    }
}
