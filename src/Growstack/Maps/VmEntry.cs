// What a map tells of one of its entries.
namespace Growstack.Maps;

/// <summary>A copy of one entry of a map, as it was when asked for.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The first address past the range.</param>
/// <param name="Protection">The accesses permitted.</param>
/// <param name="MaxProtection">The accesses that vm_map_protect(9) may permit.</param>
/// <param name="Inheritance">What a child gets at fork.</param>
/// <param name="Flags">What else is remembered of it.</param>
/// <param name="WiredCount">How often the range is wired: each system wiring counts, all user wirings together count one.</param>
/// <param name="Object">The memory object behind it; null: anonymous memory not yet backed by one, or a guard.</param>
/// <param name="Offset">Where the range begins in <paramref name="Object"/>, in bytes; meaningless without one.</param>
/// <param name="Reserve">
/// In bytes. Of a gap (release 12): the guard that growth must leave. Of a stack (release 10): avail_ssize, what may still grow. Otherwise meaningless.
/// </param>
public readonly record struct VmEntry(
    ulong Start,
    ulong End,
    VmProt Protection,
    VmProt MaxProtection,
    VmInherit Inheritance,
    VmEntryFlags Flags,
    int WiredCount,
    VmObject? Object,
    ulong Offset,
    ulong Reserve)
{
    internal const VmEntryFlags Grows = VmEntryFlags.GrowsDown | VmEntryFlags.GrowsUp;
    internal const VmEntryFlags Gap = VmEntryFlags.StackGapDown | VmEntryFlags.StackGapUp;

    /// <summary>The range's length in bytes.</summary>
    public ulong Size => End - Start;

    /// <summary>Whether the entry only keeps its range free.</summary>
    public bool IsGuard => (Flags & VmEntryFlags.Guard) != 0;

    /// <summary>Whether the entry is the room that a stack may grow into (release 12).</summary>
    public bool IsGap => (Flags & Gap) != 0;

    /// <summary>Whether the entry is a part of a stack that may grow, in either direction.</summary>
    public bool IsStack => (Flags & Grows) != 0;

    /// <summary>Whether an address lies in the range.</summary>
    public bool Contains(ulong address) => address >= Start && address < End;
}
