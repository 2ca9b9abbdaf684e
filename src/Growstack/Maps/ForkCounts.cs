// The accounts of a child's address space, added up entry by entry while it is forked.
using Growstack.Processes;

namespace Growstack.Maps;

/// <summary>What a child's map and space count, in bytes and pages.</summary>
internal struct ForkCounts
{
    /// <summary>The size of the map.</summary>
    internal ulong Size;

    /// <summary>The swap that the child's entries count on and that is not yet reserved, in bytes.</summary>
    internal ulong Charge;

    internal ulong Stack;
    internal ulong Data;
    internal ulong Text;

    private readonly ulong _dataStart;
    private readonly ulong _dataEnd;
    private readonly ulong _textStart;
    private readonly ulong _textEnd;

    internal ForkCounts(VmSpace parent)
    {
        (_dataStart, _textStart) = (parent.DataAddress, parent.TextAddress);
        _dataEnd = unchecked(_dataStart + (parent.DataPages * VmPage.Size));
        _textEnd = unchecked(_textStart + (parent.TextPages * VmPage.Size));
    }

    /// <summary>Counts an entry of the child: every one that grows as stack, others by where they begin. Guards do not count.</summary>
    internal void Add(in MapEntry entry)
    {
        if ((entry.Flags & VmEntryFlags.Guard) != 0)
            return;
        var size = entry.End - entry.Start;
        Size += size;
        if ((entry.Flags & VmEntry.Grows) != 0)
            Stack += PagesToHold(size);
        else if (entry.Start >= _dataStart && entry.Start < _dataEnd)
            Data += PagesToHold(Math.Min(entry.End, _dataEnd) - entry.Start);
        else if (entry.Start >= _textStart && entry.Start < _textEnd)
            Text += PagesToHold(Math.Min(entry.End, _textEnd) - entry.Start);
    }

    private static ulong PagesToHold(ulong bytes) => VmPage.Count(VmPage.RoundUp(bytes));
}
