// The ordered index of a map's entries: what is where, what comes next, and where there is room.
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

/// <summary>
/// The entries of one address map in address order. Entries live in slabs and are named by ids that stay the same as long as they live; a B+-tree over
/// their ranges answers look-ups, and the largest gap under each of its nodes answers where there is room.
/// </summary>
/// <remarks>
/// Writers need the map's lock, and so does everything here that is not named otherwise. No operation allocates memory once slabs and node pool have
/// grown to what the map needs: freed entries and nodes are used again.
/// </remarks>
internal sealed partial class EntryIndex
{
    /// <summary>The sentinel: before the first entry and after the last. It starts at the map's end and ends at its beginning, as the kernel's map header.</summary>
    internal const int Header = 0;

    private readonly ulong _min;
    private readonly ulong _max;
    private Node _root;
    private Leaf _first;
    private Leaf _last;

    // The last look-up's answer. A hint only: it is believed after the leaf's own keys confirmed it, and leaves that leave the tree are emptied.
    private Leaf _hint;
    private int _hintSlot;

    /// <summary>An empty index of the addresses [min, max).</summary>
    internal EntryIndex(ulong min, ulong max)
    {
        _min = min;
        _max = max;
        _root = _hint = _first = _last = new Leaf();
        _chunks = [new MapEntry[FirstChunk]];
        _nextFresh = Header + 1;
        ResetHeader();
    }

    /// <summary>How many entries are linked.</summary>
    internal int Count { get; private set; }

    /// <summary>Finds the entry that contains an address.</summary>
    /// <returns>Whether there is one; if not, <paramref name="id"/> is the last entry that starts at or before the address, or <see cref="Header"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Lookup(ulong address, out int id)
    {
        var leaf = _hint;
        var slot = _hintSlot;
        if (address >= leaf.Starts[slot] && address < leaf.Ends[slot])
        {
            id = leaf.IdAt(slot);
            return true;
        }
        return LookupPastHint(address, out id);
    }

    /// <summary>Whether nothing overlaps a range.</summary>
    /// <param name="start">The first address.</param>
    /// <param name="end">The first address past the range.</param>
    /// <param name="before">If so, the entry that ends where the range starts; <see cref="Header"/> if none does.</param>
    /// <param name="touchesNext">If so, whether an entry starts where the range ends.</param>
    internal bool IsFree(ulong start, ulong end, out int before, out bool touchesNext)
    {
        var leaf = LeafOf(start, out var slot);
        before = Header;
        touchesNext = false;
        if (slot >= 0)
        {
            SetHint(leaf, slot);
            var edge = leaf.Ends[slot];
            if (start < edge)
                return false;
            if (start == edge)
                before = leaf.IdAt(slot);
        }
        var next = StartBehind(leaf, slot);
        touchesNext = next == end;
        return next >= end;
    }

    /// <summary>The leaf in which an address belongs, and the last slot there that starts at or before it; -1 if the address lies before all entries.</summary>
    private Leaf LeafOf(ulong address, out int slot)
    {
        var leaf = _hint;
        slot = _hintSlot;
        var last = leaf.Count - 1;
        if (address < _first.Starts[0])
        {
            slot = -1;
            return _first;
        }
        if (last < 0 || address < leaf.Starts[0] || address >= leaf.Ends[last])
            leaf = Descend(address);
        else if (slot <= last && address >= leaf.Starts[slot] && (slot == last || address < leaf.Starts[slot + 1]))
            return leaf;
        slot = leaf.SlotOf(address);
        return leaf;
    }

    private Leaf Descend(ulong address)
    {
        var node = _root;
        while (node is Inner inner)
            node = inner.Children[Math.Max(inner.SlotOf(address), 0)]!;
        return Unsafe.As<Leaf>(node);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool LookupPastHint(ulong address, out int id)
    {
        var leaf = _hint;
        var slot = _hintSlot + 1;
        // Those who walk through the map in address order ask for the next entry.
        if (slot >= leaf.Count || address < leaf.Starts[slot] || address >= leaf.Ends[slot])
        {
            leaf = LeafOf(address, out slot);
            if (slot < 0)
            {
                id = Header;
                return false;
            }
        }
        SetHint(leaf, slot);
        id = leaf.IdAt(slot);
        return address < leaf.Ends[slot];
    }

    /// <summary>Where a linked entry is.</summary>
    /// <exception cref="ArgumentException">It is not linked.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Leaf PositionOf(int id, out int slot)
    {
        var leaf = _hint;
        slot = _hintSlot;
        if (slot < leaf.Count && leaf.IdAt(slot) == id)
            return leaf;
        leaf = PositionPastHint(id, out var other);
        slot = other;
        return leaf;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Leaf PositionPastHint(int id, out int slot)
    {
        var leaf = _hint;
        slot = _hintSlot + 1;
        // Those who walk through the map in address order ask for the next entry.
        if (slot < leaf.Count && leaf.IdAt(slot) == id)
        {
            _hintSlot = slot;
            return leaf;
        }
        ref var entry = ref this[id];
        leaf = LeafOf(entry.Start, out slot);
        if (slot < 0 || leaf.IdAt(slot) != id)
            ThrowNotLinked(entry);
        SetHint(leaf, slot);
        return leaf;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetHint(Leaf leaf, int slot)
    {
        // Storing a reference costs more than to look whether it is there already.
        if (_hint != leaf)
            _hint = leaf;
        _hintSlot = slot;
    }

    private void ResetHeader() => this[Header] = new MapEntry { Start = _max, End = _min };

    [DoesNotReturn]
    private static void ThrowNotLinked(in MapEntry entry) =>
        throw new ArgumentException($"The entry [0x{entry.Start:x}, 0x{entry.End:x}) is not in the map.");
}
