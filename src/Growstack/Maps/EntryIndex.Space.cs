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
        if (leaf.Gap >= length)
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
            if (parent.Gap < length)
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

    /// <summary>The first gap of that length in the children from slot on, or behind them.</summary>
    private static bool FindGapUnder(Inner inner, int slot, ulong length, out ulong address)
    {
        while (true)
        {
            var inside = NodeSearch.FirstAtLeast(ref inner.Gaps[0], slot, inner.Count, length);
            var behind = NodeSearch.FirstGap(ref inner.Starts[0], ref inner.Ends[0], slot, inner.Count, length);
            if (inside > behind || inside == inner.Count)
            {
                address = behind < inner.Count ? inner.Ends[behind] : 0;
                return behind < inner.Count;
            }
            if (inner.Children[inside] is not Inner below)
            {
                var leaf = (Leaf)inner.Children[inside]!;
                address = leaf.Ends[NodeSearch.FirstGap(ref leaf.Starts[0], ref leaf.Ends[0], 0, leaf.Count, length)];
                return true;
            }
            (inner, slot) = (below, 0);
        }
    }
}
