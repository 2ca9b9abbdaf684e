// Where there is room: the lowest free range of a length, found by the largest gap under each node.
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
        var next = slot + 1 < leaf.Count ? leaf.Starts[slot + 1] : this[this[leaf.Ids[slot]].Next].Start;
        if (next - first >= length)
        {
            address = first;
            return true;
        }
        return FindGapBehind(leaf, slot + 1, start, length, out address);
    }

    /// <summary>The first gap of that length behind the entry at slot or a later one: along the leaf, then up until a node to the right has room, then down to it. A gap that begins before start has been looked at.</summary>
    private bool FindGapBehind(Leaf leaf, int slot, ulong start, ulong length, out ulong address)
    {
        address = 0;
        if (leaf.MayHaveGap(length))
        {
            slot = NodeSearch.FirstGap(ref leaf.Starts[0], ref leaf.Ends[0], slot, leaf.Count, length);
            if (slot < leaf.Count)
            {
                address = leaf.Ends[slot];
                return true;
            }
        }
        for (Node node = leaf; node.Parent is { } parent; node = parent)
        {
            if (!parent.MayHaveGap(length))
                continue;
            slot = parent.SlotOf(node.Starts[0]);
            if (slot + 1 < parent.Count && parent.Ends[slot] >= start && parent.GapAfter(slot) >= length)
            {
                address = parent.Ends[slot];
                return true;
            }
            if (FindGapUnder(parent, slot + 1, length, out address))
                return true;
        }
        var end = this[this[Header].Previous].End;
        if (_max - end < length)
            return false;
        address = end;
        return true;
    }

    /// <summary>The first gap of that length in the children from slot on, or behind them. What turns out not to be there is noted.</summary>
    private static bool FindGapUnder(Inner inner, int slot, ulong length, out ulong address)
    {
        while (true)
        {
            var inside = NodeSearch.FirstAtLeast(ref inner.Gaps[0], slot, inner.Count, length);
            var behind = NodeSearch.FirstGap(ref inner.Starts[0], ref inner.Ends[0], slot, Math.Min(inside + 1, inner.Count), length);
            if (behind < inside)
            {
                address = inner.Ends[behind];
                return true;
            }
            if (inside == inner.Count)
            {
                inner.MeasureGap();
                address = 0;
                return false;
            }
            var child = inner.Children[inside]!;
            if (child is Inner below ? FindGapUnder(below, 0, length, out address) : FindGapIn((Leaf)child, length, out address))
                return true;
            (inner.Gaps[inside], inner.GapIsStale) = (child.Gap, true);
            slot = inside;
        }
    }

    private static bool FindGapIn(Leaf leaf, ulong length, out ulong address)
    {
        var slot = NodeSearch.FirstGap(ref leaf.Starts[0], ref leaf.Ends[0], 0, leaf.Count, length);
        if (slot == leaf.Count)
            leaf.MeasureGap();
        address = slot < leaf.Count ? leaf.Ends[slot] : 0;
        return slot < leaf.Count;
    }
}
