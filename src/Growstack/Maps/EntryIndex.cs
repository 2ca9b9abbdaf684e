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
    private Leaf _last;

    // The last look-up's answer. A hint only: it is believed after the leaf's own keys confirmed it, and leaves that leave the tree are emptied.
    private Leaf _hint;
    private int _hintSlot;

    /// <summary>An empty index of the addresses [min, max).</summary>
    internal EntryIndex(ulong min, ulong max)
    {
        _min = min;
        _max = max;
        _root = _hint = _last = new Leaf();
        _chunks = [new MapEntry[FirstChunk]];
        _nextFresh = Header + 1;
        ResetHeader();
    }

    /// <summary>How many entries are linked.</summary>
    internal int Count { get; private set; }

    /// <summary>The entry after this one; <see cref="Header"/> after the last. The first, after <see cref="Header"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Next(int id) => this[id].Next;

    /// <summary>The entry before this one; <see cref="Header"/> before the first. The last, before <see cref="Header"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Previous(int id) => this[id].Previous;

    /// <summary>Finds the entry that contains an address.</summary>
    /// <returns>Whether there is one; if not, <paramref name="id"/> is the last entry that starts at or before the address, or <see cref="Header"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Lookup(ulong address, out int id)
    {
        var leaf = _hint;
        var slot = _hintSlot;
        if (address >= leaf.Starts[slot] && address < leaf.Ends[slot])
        {
            id = leaf.Ids[slot];
            return true;
        }
        return LookupPastHint(address, out id);
    }

    /// <summary>Puts an allocated entry in, by its range. It must lie inside the map and overlap no other.</summary>
    /// <exception cref="ArgumentException">It does not: an error of the caller, and nothing has changed.</exception>
    internal void Link(int id)
    {
        ref var entry = ref this[id];
        if (entry.Start >= this[this[Header].Previous].End || Count == 0)
        {
            LinkLast(id);
            return;
        }
        var leaf = LeafOf(entry.Start, out var slot);
        var previous = slot < 0 ? Header : leaf.Ids[slot];
        var next = this[previous].Next;
        if (entry.Start >= entry.End || entry.Start < this[previous].End || entry.End > this[next].Start)
            ThrowMisplaced(entry);
        Chain(ref entry, id, previous, next);
        Insert(leaf, slot + 1, entry.Start, entry.End, id);
        // A guess, if the leaf had to split: hints may be wrong.
        _hint = leaf;
        _hintSlot = Math.Min(slot + 1, Capacity - 1);
    }

    /// <summary>As <see cref="Link"/>, for an entry that lies behind all others; cheaper.</summary>
    /// <exception cref="ArgumentException">It does not lie behind all others, or not inside the map; nothing has changed.</exception>
    internal void LinkLast(int id)
    {
        ref var entry = ref this[id];
        var last = this[Header].Previous;
        if (entry.Start >= entry.End || entry.Start < this[last].End || entry.End > _max)
            ThrowMisplaced(entry);
        Chain(ref entry, id, last, Header);
        Append(entry.Start, entry.End, id);
    }

    /// <summary>Takes an entry out. It stays allocated.</summary>
    internal void Unlink(int id)
    {
        ref var entry = ref this[id];
        var leaf = LeafOf(entry.Start, out var slot);
        if (slot < 0 || leaf.Ids[slot] != id)
            ThrowNotLinked(entry);
        this[entry.Previous].Next = entry.Next;
        this[entry.Next].Previous = entry.Previous;
        entry.Next = entry.Previous = Header;
        Count--;
        Remove(leaf, slot, 1);
    }

    /// <summary>Takes neighbouring entries out. They stay allocated, and chained to each other in address order.</summary>
    /// <param name="first">The lowest.</param>
    /// <param name="last">The highest.</param>
    /// <param name="count">How many they are.</param>
    internal void UnlinkRun(int first, int last, int count)
    {
        var (previous, next) = (this[first].Previous, this[last].Next);
        this[previous].Next = next;
        this[next].Previous = previous;
        Count -= count;
        while (count > 0)
        {
            ref var entry = ref this[first];
            var leaf = LeafOf(entry.Start, out var slot);
            if (slot < 0 || leaf.Ids[slot] != first)
                ThrowNotLinked(entry);
            var here = Math.Min(count, leaf.Count - slot);
            first = this[leaf.Ids[slot + here - 1]].Next;
            Remove(leaf, slot, here);
            count -= here;
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
        var leaf = LeafOf(entry.Start, out var slot);
        if (slot < 0 || leaf.Ids[slot] != id)
            ThrowNotLinked(entry);
        if (address <= entry.Start || address >= entry.End)
            ThrowMisplaced(new MapEntry { Start = address, End = entry.End });
        if (above)
        {
            (half.Start, half.End, entry.End) = (address, entry.End, address);
            Chain(ref half, other, id, entry.Next);
            Split(leaf, slot, address, id, other);
        }
        else
        {
            (half.Start, half.End, entry.Start) = (entry.Start, address, address);
            Chain(ref half, other, entry.Previous, id);
            Split(leaf, slot, address, other, id);
        }
    }

    /// <summary>Moves the edges of a linked entry. Its place among the others stays: it must not overlap them.</summary>
    /// <exception cref="ArgumentException">It would overlap; nothing has changed.</exception>
    internal void Resize(int id, ulong start, ulong end)
    {
        ref var entry = ref this[id];
        if (start >= end || start < this[entry.Previous].End || end > this[entry.Next].Start)
            ThrowMisplaced(new MapEntry { Start = start, End = end });
        var leaf = LeafOf(entry.Start, out var slot);
        if (slot < 0 || leaf.Ids[slot] != id)
            ThrowNotLinked(entry);
        entry.Start = start;
        entry.End = end;
        Replace(leaf, slot, start, end);
    }

    /// <summary>Takes all entries out and frees them.</summary>
    internal void Clear()
    {
        for (var id = Next(Header); id != Header;)
        {
            var next = Next(id);
            Free(id);
            id = next;
        }
        ReleaseTree(_root);
        Count = 0;
        _root = _hint = _last = NewLeaf();
        _hintSlot = 0;
        ResetHeader();
    }

    /// <summary>The leaf in which an address belongs, and the last slot there that starts at or before it; -1 if the address lies before all entries.</summary>
    private Leaf LeafOf(ulong address, out int slot)
    {
        var leaf = _hint;
        slot = _hintSlot;
        var last = leaf.Count - 1;
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
            if (_hint != leaf)
                _hint = leaf;
        }
        _hintSlot = slot;
        id = leaf.Ids[slot];
        return address < leaf.Ends[slot];
    }

    private void Chain(ref MapEntry entry, int id, int previous, int next)
    {
        entry.Previous = previous;
        entry.Next = next;
        this[previous].Next = id;
        this[next].Previous = id;
        Count++;
    }

    private void ResetHeader() => this[Header] = new MapEntry { Start = _max, End = _min };

    [DoesNotReturn]
    private static void ThrowMisplaced(in MapEntry entry) =>
        throw new ArgumentException($"[0x{entry.Start:x}, 0x{entry.End:x}) is empty, outside the map, or overlaps an entry.");

    [DoesNotReturn]
    private static void ThrowNotLinked(in MapEntry entry) =>
        throw new ArgumentException($"The entry [0x{entry.Start:x}, 0x{entry.End:x}) is not in the map.");
}
