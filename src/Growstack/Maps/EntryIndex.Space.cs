// Where there is room: the lowest free range of a length, found by the largest gap under each node.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Finds the lowest address at or after <paramref name="start"/> where <paramref name="length"/> bytes inside the map are free.</summary>
    /// <returns>Whether there is room; <paramref name="address"/> is 0 if not.</returns>
    internal bool FindSpace(ulong start, ulong length, out ulong address)
    {
        address = 0;
        start = Math.Max(start, _min);
        if (start > _max || length > _max - start)
            return false;
        if (Count == 0)
        {
            address = start;
            return true;
        }
        var leaf = LeafOf(start, out var slot);
        if (slot < 0)
        {
            slot = 0;
            if (leaf.Starts[0] - start >= length)
            {
                address = start;
                return true;
            }
        }
        // Only the first gap can begin before start.
        var first = Math.Max(start, leaf.Ends[slot]);
        if (StartBehind(leaf, slot) - first >= length)
        {
            address = first;
            return true;
        }
        return FindGapBehind(leaf, slot + 1, start, length, out address);
    }

    /// <summary>The first gap of that length behind the entry at slot or a later one: along the leaf, then up until a node to the right has room, then down to it. A gap that begins before start has been looked at.</summary>
    private bool FindGapBehind(Leaf leaf, int slot, ulong start, ulong length, out ulong address)
    {
        if (leaf.Gap >= length)
        {
            var fits = NodeSearch.GapsOf(ref leaf.Starts[0], ref leaf.Ends[0], leaf.Count, length) & From(slot);
            if (fits != 0)
            {
                address = leaf.Ends[BitOperations.TrailingZeroCount(fits)];
                return true;
            }
        }
        for (Node node = leaf; node.Parent is { } parent; node = parent)
        {
            if (parent.Gap < length)
                continue;
            slot = node.PlaceIn(parent);
            if (slot + 1 < parent.Count && parent.Ends[slot] >= start && parent.GapAfter(slot) >= length)
            {
                address = parent.Ends[slot];
                return true;
            }
            if (FindGapUnder(parent, slot + 1, length, out address))
                return true;
        }
        address = 0;
        if (_max - EndOfLast < length)
            return false;
        address = EndOfLast;
        return true;
    }

    /// <summary>The first gap of that length in the children from slot on, or behind one of them. What turns out not to be there is noted.</summary>
    private static bool FindGapUnder(Inner inner, int from, ulong length, out ulong address)
    {
        var all = NodeSearch.AtLeast(ref inner.Gaps[0], inner.Count, length);
        for (var fits = all & From(from); fits != 0; fits &= fits - 1)
        {
            var slot = BitOperations.TrailingZeroCount(fits);
            var child = inner.Children[slot]!;
            if (child.Gap >= length && (child is Inner below ? FindGapUnder(below, 0, length, out address) : FindGapIn(Unsafe.As<Leaf>(child), length, out address)))
                return true;
            inner.Gaps[slot] = child.Gap;
            if (slot + 1 == inner.Count)
                continue;
            inner.NoteGapBehind(slot);
            address = inner.Ends[slot];
            if (inner.GapAfter(slot) >= length)
                return true;
        }
        // A child before from may have it; if none has, the node was believed to have more room than there is.
        if ((all & ~From(from)) == 0)
            inner.MeasureGap();
        address = 0;
        return false;
    }

    private static bool FindGapIn(Leaf leaf, ulong length, out ulong address)
    {
        var fits = NodeSearch.GapsOf(ref leaf.Starts[0], ref leaf.Ends[0], leaf.Count, length);
        if (fits == 0)
            leaf.MeasureGap();
        address = fits != 0 ? leaf.Ends[BitOperations.TrailingZeroCount(fits)] : 0;
        return fits != 0;
    }

    /// <summary>The bits of a slot and all behind it.</summary>
    private static uint From(int slot) => slot < Capacity ? uint.MaxValue << slot : 0;
}
