// The whole map as a plain sorted list of entries: slow, and as simple as the rules allow. Files may be mapped, but no private copies are made of them.
using Growstack.Maps;

namespace Growstack.Tests.Model;

/// <summary>What vm_map(9) does, operation by operation, on a list that is searched from its beginning every time.</summary>
internal sealed partial class MapModel(VmRelease release, ulong min, ulong max, ulong stackGrowth, ulong guard)
{
    private const VmEntryFlags Grows = VmEntryFlags.GrowsDown | VmEntryFlags.GrowsUp;
    private readonly bool _hasGaps = release == VmRelease.FreeBsd12;

    internal List<ModelEntry> Entries { get; private init; } = [];

    internal ulong StackPages { get; private set; }

    internal int Forks { get; set; }

    /// <summary>RLIMIT_VMEM and RLIMIT_STACK; every stack is the process stack.</summary>
    internal ulong VmemLimit { get; set; } = long.MaxValue;

    internal ulong StackLimit { get; set; } = long.MaxValue;

    /// <summary>Guards and gaps do not count.</summary>
    internal ulong Size => Entries.Where(static e => !e.IsGuard).Aggregate(0ul, static (sum, e) => sum + e.End - e.Start);

    internal ModelEntry? At(ulong address) => Entries.Find(e => e.Contains(address));

    internal KernReturn Insert(ulong start, ulong end, ModelEntry kind)
    {
        if (start < min || end > max || start >= end)
            return KernReturn.InvalidAddress;
        if (Entries.Exists(e => e.Start < end && start < e.End))
            return KernReturn.NoSpace;
        if (kind.IsGuard && kind.Max != VmProt.None)
            return KernReturn.InvalidArgument;
        var entry = kind.Copy();
        (entry.Start, entry.End) = (start, end);
        // What may be written needs swap, and memory with swap does not merge with memory without.
        if ((entry.Prot & VmProt.Write) != 0 && !entry.IsGuard && (entry.Object is null || entry.Has(VmEntryFlags.NeedsCopy)))
            entry.Flags |= VmEntryFlags.Charged;
        // What continues the entry before it extends that, which is then merged on both of its sides.
        if (!entry.Has(Grows) && entry.Object is null && entry.Wired == 0 && Entries.Find(e => e.Continues(entry)) is { } extended)
        {
            extended.End = end;
            Simplify(extended);
            return KernReturn.Success;
        }
        Add(entry);
        Simplify(entry);
        return KernReturn.Success;
    }

    internal KernReturn Fixed(ulong start, ulong length, ModelEntry kind, bool exclusive)
    {
        var end = start + length;
        Clamp(ref start, ref end);
        if (!exclusive)
            Delete(start, end);
        return Insert(start, end, kind);
    }

    internal KernReturn Remove(ulong start, ulong end)
    {
        Clamp(ref start, ref end);
        Delete(start, end);
        return KernReturn.Success;
    }

    internal KernReturn Protect(ulong start, ulong end, VmProt prot, bool setMax)
    {
        if (start == end)
            return KernReturn.Success;
        Clamp(ref start, ref end);
        ClipAt(start);
        if (Between(start, end).Exists(e => !e.IsGuard && (prot & e.Max) != prot))
            return KernReturn.ProtectionFailure;
        ForEachClipped(start, end, e =>
        {
            if (!setMax && !e.IsGuard && (prot & ~e.Prot & VmProt.Write) != 0 && (e.Object is null || e.Has(VmEntryFlags.NeedsCopy)))
                e.Flags |= VmEntryFlags.Charged;
        });
        foreach (var entry in Between(start, end))
        {
            // A neighbour that was merged into one before it is done.
            if (entry.IsGuard || !Entries.Contains(entry))
                continue;
            var old = entry.Prot;
            entry.Prot = setMax ? prot & old : prot;
            if (setMax)
                entry.Max = prot;
            if (entry.Has(VmEntryFlags.UserWired) && (entry.Prot & ~old & VmProt.Write) != 0)
                CopyWired(entry);
            Simplify(entry);
        }
        return KernReturn.Success;
    }

    internal KernReturn Inherit(ulong start, ulong end, VmInherit inheritance)
    {
        if (inheritance == VmInherit.Zero && !_hasGaps)
            return KernReturn.InvalidArgument;
        if (start == end)
            return KernReturn.Success;
        Clamp(ref start, ref end);
        ClipAt(start);
        ForEachClipped(start, end, e =>
        {
            if (!e.IsGuard || inheritance != VmInherit.Zero)
                e.Inheritance = inheritance;
            Simplify(e);
        });
        return KernReturn.Success;
    }

    internal void Advise(ulong start, ulong end, VmEntryFlags clear, VmEntryFlags set)
    {
        if (start == end)
            return;
        Clamp(ref start, ref end);
        ClipAt(start);
        ForEachClipped(start, end, e =>
        {
            e.Flags = (e.Flags & ~clear) | set;
            Simplify(e);
        });
    }

    internal bool Check(ulong start, ulong end, VmProt prot)
    {
        if (At(start) is null)
            return false;
        for (var address = start; address < end;)
        {
            if (At(address) is not { } entry || (entry.Prot & prot) != prot)
                return false;
            address = entry.End;
        }
        return true;
    }

    /// <summary>The lowest room at or after an address; null if there is none.</summary>
    internal ulong? FindSpace(ulong start, ulong length)
    {
        for (var address = Math.Max(start, min); address <= max && max - address >= length; address = Entries.First(e => e.End > address).End)
        {
            if (!Entries.Exists(e => e.Start < address + length && address < e.End))
                return address;
        }
        return null;
    }

    internal KernReturn Stack(ulong bottom, ulong length, VmProt prot, VmProt maxProt, bool down)
    {
        var top = bottom + length;
        if (Size + Math.Min(stackGrowth, length) > VmemLimit)
            return KernReturn.NoSpace;
        if (bottom < min || top > max || top <= bottom)
            return KernReturn.InvalidAddress;
        if (guard >= length)
            return KernReturn.InvalidArgument;
        if (Entries.Exists(e => e.Start < top && bottom < e.End))
            return KernReturn.NoSpace;
        var initial = Math.Min(stackGrowth, length - guard);
        var piece = new ModelEntry { Prot = prot, Max = maxProt, Flags = down ? VmEntryFlags.GrowsDown : VmEntryFlags.GrowsUp };
        if (down)
            Insert(top - initial, top, piece);
        else
            Insert(bottom, bottom + initial, piece);
        if (initial == length)
            return KernReturn.Success;
        var gap = new ModelEntry { Flags = VmEntryFlags.Guard | (down ? VmEntryFlags.StackGapDown : VmEntryFlags.StackGapUp) };
        var start = down ? bottom : bottom + initial;
        Insert(start, start + length - initial, gap);
        // A gap left over beside it has become part of it.
        At(start)!.Reserve = guard;
        return KernReturn.Success;
    }

    internal KernReturn Grow(ulong address)
    {
        if (At(address) is not { } gap)
            return KernReturn.Failure;
        if (!gap.IsGuard)
            return KernReturn.Success;
        var down = gap.Has(VmEntryFlags.StackGapDown);
        var stack = down ? At(gap.End) : Entries.Find(e => e.End == gap.Start);
        if (!gap.Has(VmEntryFlags.StackGapDown | VmEntryFlags.StackGapUp) || stack is null
            || !stack.Has(down ? VmEntryFlags.GrowsDown : VmEntryFlags.GrowsUp))
            return KernReturn.Failure;
        var needed = VmPage.RoundUp(down ? stack.Start - address : address + 1 - stack.End);
        var room = gap.End - gap.Start - Math.Min(gap.Reserve, gap.End - gap.Start);
        if (needed > room)
            return KernReturn.NoSpace;
        var grown = StackPages * VmPage.Size;
        if (grown + needed > StackLimit)
            return KernReturn.NoSpace;
        var amount = Math.Min((needed + stackGrowth - 1) / stackGrowth * stackGrowth, room);
        if (grown + amount > StackLimit)
            amount = VmPage.RoundDown(StackLimit) - grown;
        if (Size + amount > VmemLimit)
            return KernReturn.NoSpace;
        if (down)
        {
            gap.End -= amount;
            var piece = new ModelEntry { Prot = stack.Prot, Max = stack.Max, Flags = VmEntryFlags.GrowsDown };
            if (gap.Start == gap.End)
                Entries.Remove(gap);
            Insert(stack.Start - amount, stack.Start, piece);
        }
        else
        {
            (gap.Start, stack.End) = (gap.Start + amount, stack.End + amount);
            if (gap.Start == gap.End)
                Entries.Remove(gap);
        }
        StackPages += amount / VmPage.Size;
        return KernReturn.Success;
    }

    /// <summary>A page fault: a gap grows, then the access must be permitted.</summary>
    internal KernReturn Fault(ulong address, VmProt access, out VmProt permitted)
    {
        permitted = VmProt.None;
        if (At(address) is { } gap && gap.Has(VmEntryFlags.StackGapDown | VmEntryFlags.StackGapUp) && Grow(address) != KernReturn.Success)
            return KernReturn.ProtectionFailure;
        if (At(address) is not { } entry)
            return KernReturn.InvalidAddress;
        if (entry.Prot == VmProt.None || (access & ~entry.Prot) != 0)
            return KernReturn.ProtectionFailure;
        // What must be copied at the first write is mapped read-only until then.
        permitted = entry.Has(VmEntryFlags.NeedsCopy) ? entry.Prot & ~VmProt.Write : entry.Prot;
        return KernReturn.Success;
    }

    internal bool Simplify(ulong address)
    {
        if (At(address) is not { } entry)
            return false;
        Simplify(entry);
        return true;
    }

    private List<ModelEntry> Between(ulong start, ulong end) => Entries.FindAll(e => e.Start < end && e.End > start);

    private void Add(ModelEntry entry)
    {
        Entries.Add(entry);
        Entries.Sort(static (a, b) => a.Start.CompareTo(b.Start));
    }

    private void Clamp(ref ulong start, ref ulong end)
    {
        start = Math.Max(start, min);
        end = Math.Min(end, max);
        start = Math.Min(start, end);
    }

    private void Delete(ulong start, ulong end)
    {
        if (start == end)
            return;
        ClipAt(start);
        ForEachClipped(start, end, e =>
        {
            Entries.Remove(e);
            if (e.End == AnonymousHint)
                AnonymousHint = e.Start;
        });
    }

    /// <summary>Does something to each entry from an address on, cut at the end. A reversed range cuts the entry that contains both, and does it there.</summary>
    private void ForEachClipped(ulong start, ulong end, Action<ModelEntry> action)
    {
        for (var next = Entries.Find(e => e.End > start); next is not null && next.Start < end;)
        {
            ClipEnd(next, end);
            action(next);
            var done = next.End;
            next = Entries.Find(e => e.Start >= done);
        }
    }

    /// <summary>An entry that begins before an address is merged as far as it goes, then cut there.</summary>
    private void ClipAt(ulong address)
    {
        if (At(address) is not { } entry || entry.Start == address)
            return;
        Simplify(entry);
        ClipEnd(entry, address);
    }

    private void ClipEnd(ModelEntry entry, ulong address)
    {
        if (address >= entry.End)
            return;
        var upper = entry.Copy();
        upper.Offset += address - entry.Start;
        entry.End = upper.Start = address;
        Add(upper);
    }

    private void Simplify(ModelEntry entry)
    {
        // Release 12 never merges what grows.
        if (entry.Has(VmEntryFlags.InTransition) || (_hasGaps && entry.Has(Grows)))
            return;
        if (Entries.Find(e => e.Continues(entry)) is { } previous)
        {
            Entries.Remove(previous);
            (entry.Start, entry.Offset) = (previous.Start, previous.Offset);
        }
        if (Entries.Find(e => entry.Continues(e)) is { } next)
        {
            Entries.Remove(next);
            entry.End = next.End;
        }
    }
}
