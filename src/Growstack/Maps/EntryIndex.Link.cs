// Entries come into the index, leave it, and change their ranges there.
using System.Diagnostics.CodeAnalysis;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Puts an allocated entry in, by its range. It must lie inside the map and overlap no other.</summary>
    /// <exception cref="ArgumentException">It does not: an error of the caller, and nothing has changed.</exception>
    internal void Link(int id)
    {
        ref var entry = ref this[id];
        if (entry.Start >= EndOfLast)
        {
            LinkLast(id);
            return;
        }
        var leaf = LeafOf(entry.Start, out var slot);
        if (entry.Start >= entry.End || entry.Start < (slot < 0 ? _min : leaf.Ends[slot]) || entry.End > StartBehind(leaf, slot))
            ThrowMisplaced(entry);
        Count++;
        Insert(leaf, slot + 1, entry.Start, entry.End, TagOf(id, entry));
        // A guess, if the leaf had to split: hints may be wrong.
        SetHint(leaf, Math.Min(slot + 1, Capacity - 1));
    }

    /// <summary>As <see cref="Link"/>, for an entry that ends where a linked one starts; cheaper.</summary>
    /// <exception cref="ArgumentException">It does not end there, or overlaps another; nothing has changed.</exception>
    internal void LinkBelow(int id, int next)
    {
        ref var entry = ref this[id];
        var leaf = PositionOf(next, out var slot);
        if (entry.Start >= entry.End || entry.End != leaf.Starts[slot] || entry.Start < EndBefore(leaf, slot))
            ThrowMisplaced(entry);
        Count++;
        Insert(leaf, slot, entry.Start, entry.End, TagOf(id, entry));
        SetHint(leaf, slot);
    }

    /// <summary>As <see cref="Link"/>, for an entry that lies behind all others; cheaper.</summary>
    /// <exception cref="ArgumentException">It does not lie behind all others, or not inside the map; nothing has changed.</exception>
    internal void LinkLast(int id)
    {
        ref var entry = ref this[id];
        if (entry.Start >= entry.End || entry.Start < EndOfLast || entry.End > _max)
            ThrowMisplaced(entry);
        Count++;
        Append(entry.Start, entry.End, TagOf(id, entry));
    }

    /// <summary>Takes an entry out. It stays allocated.</summary>
    internal void Unlink(int id)
    {
        var leaf = PositionOf(id, out var slot);
        Count--;
        Remove(leaf, slot, 1);
    }

    /// <summary>Takes neighbouring entries out and frees them.</summary>
    /// <param name="first">The lowest.</param>
    /// <param name="count">How many they are.</param>
    internal void RemoveRun(int first, int count)
    {
        Count -= count;
        while (count > 0)
        {
            var leaf = PositionOf(first, out var slot);
            var here = Math.Min(count, leaf.Count - slot);
            for (var i = slot; i < slot + here; i++)
                Free(leaf.IdAt(i));
            count -= here;
            first = count > 0 ? LeafAfter(leaf)!.IdAt(0) : Header;
            Remove(leaf, slot, here);
        }
    }

    /// <summary>Cuts a linked entry in two: another, allocated one takes over one of the halves.</summary>
    /// <param name="id">The entry that is cut.</param>
    /// <param name="address">Where, inside it.</param>
    /// <param name="other">The entry that becomes linked.</param>
    /// <param name="above">Whether that gets the upper half.</param>
    /// <exception cref="ArgumentException">The address is not inside the entry; nothing has changed.</exception>
    internal void Split(int id, ulong address, int other, bool above)
    {
        ref var entry = ref this[id];
        ref var half = ref this[other];
        var leaf = PositionOf(id, out var slot);
        if (address <= entry.Start || address >= entry.End)
            ThrowMisplaced(new MapEntry { Start = address, End = entry.End });
        Count++;
        if (above)
        {
            (half.Start, half.End, entry.End) = (address, entry.End, address);
            Split(leaf, slot, address, TagOf(id, entry), TagOf(other, half));
        }
        else
        {
            (half.Start, half.End, entry.Start) = (entry.Start, address, address);
            Split(leaf, slot, address, TagOf(other, half), TagOf(id, entry));
        }
    }

    /// <summary>Moves the edges of a linked entry. Its place among the others stays: it must not overlap them.</summary>
    /// <exception cref="ArgumentException">It would overlap; nothing has changed.</exception>
    internal void Resize(int id, ulong start, ulong end)
    {
        ref var entry = ref this[id];
        var leaf = PositionOf(id, out var slot);
        if (start >= end || start < EndBefore(leaf, slot) || end > StartBehind(leaf, slot))
            ThrowMisplaced(new MapEntry { Start = start, End = end });
        entry.Start = start;
        entry.End = end;
        Replace(leaf, slot, start, end);
    }

    /// <summary>Changes what a linked entry permits.</summary>
    internal void SetProtection(int id, VmProt protection)
    {
        ref var entry = ref this[id];
        var leaf = PositionOf(id, out var slot);
        entry.Protection = protection;
        leaf.Tags[slot] = TagOf(id, entry);
    }

    /// <summary>Takes all entries out and frees them.</summary>
    internal void Clear()
    {
        foreach (var id in InOrder())
            Free(id);
        ReleaseTree(_root);
        Count = 0;
        _root = _hint = _first = _last = NewLeaf();
        _hintSlot = 0;
        ResetHeader();
    }

    [DoesNotReturn]
    private static void ThrowMisplaced(in MapEntry entry) =>
        throw new ArgumentException($"[0x{entry.Start:x}, 0x{entry.End:x}) is empty, outside the map, or overlaps an entry.");
}
