// Where there is room: the lowest free range of a length, found by the largest gap under each node.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Finds the lowest address at or after <paramref name="start"/> where <paramref name="length"/> bytes inside the map are free.</summary>
    /// <returns>Whether there is room; <paramref name="address"/> is 0 if not.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool FindSpace(ulong start, ulong length, out ulong address)
    {
        address = 0;
        start = Math.Max(start, _min);
        if (start > _max || length > _max - start)
            return false;
        var first = _first.Starts[0];
        if (Count == 0 || (start < first && first - start >= length))
        {
            address = start;
            return true;
        }
        start = Math.Max(start, first);
        if (FindGapFrom(_root, start, length, out address))
            return true;
        var behind = Math.Max(start, EndOfLast);
        if (length > _max - behind)
            return false;
        address = behind;
        return true;
    }

    /// <summary>The first room of that length at or after start between two entries under a node, whose first entry begins at start or before.</summary>
    private static bool FindGapFrom(Node node, ulong start, ulong length, out ulong address)
    {
        if (node is not Inner inner)
            return FindGapFrom(Unsafe.As<Leaf>(node), start, length, out address);
        var slot = inner.SlotOf(start);
        var all = NodeSearch.AtLeast(ref inner.Gaps[0], inner.Count, length);
        var fits = all & From(slot + 1);
        // Most searches need not look at the entries around start: it is known here already that there is no room among them.
        if (((all >> slot) & 1) != 0)
        {
            if (FindGapFrom(inner.Children[slot]!, start, length, out address))
                return true;
            address = Math.Max(start, inner.Ends[slot]);
            if (slot + 1 < inner.Count && inner.Starts[slot + 1] - address >= length)
                return true;
        }
        if (FindGapUnder(inner, fits, length, out address))
            return true;
        // A child before may have it; if none has, the node was believed to have more room than there is.
        if (fits == all)
            inner.MeasureGap();
        return false;
    }

    private static bool FindGapFrom(Leaf leaf, ulong start, ulong length, out ulong address)
    {
        var slot = leaf.SlotOf(start);
        address = start;
        // Only the first gap can begin before start.
        if (start > leaf.Ends[slot] && ++slot < leaf.Count && leaf.Starts[slot] - start >= length)
            return true;
        var fits = NodeSearch.GapsOf(ref leaf.Starts[0], ref leaf.Ends[0], leaf.Count, length) & From(slot);
        address = fits != 0 ? leaf.Ends[BitOperations.TrailingZeroCount(fits)] : 0;
        return fits != 0;
    }

    /// <summary>The first gap of that length in some children, or behind one of them. What turns out not to be there is noted.</summary>
    /// <param name="inner">The node.</param>
    /// <param name="children">Bit i for child i.</param>
    /// <param name="length">The length.</param>
    /// <param name="address">Where the gap begins.</param>
    private static bool FindGapUnder(Inner inner, uint children, ulong length, out ulong address)
    {
        for (; children != 0; children &= children - 1)
        {
            var slot = BitOperations.TrailingZeroCount(children);
            var child = inner.Children[slot]!;
            if (child.Gap >= length && FindGapIn(child, length, out address))
                return true;
            inner.Gaps[slot] = child.Gap;
            if (slot + 1 == inner.Count)
                continue;
            inner.NoteGapBehind(slot);
            address = inner.Ends[slot];
            if (inner.GapAfter(slot) >= length)
                return true;
        }
        address = 0;
        return false;
    }

    /// <summary>The first gap of that length under a node. If there is none, the node has been believed to have more room than there is.</summary>
    private static bool FindGapIn(Node node, ulong length, out ulong address)
    {
        if (node is Inner inner)
        {
            if (FindGapUnder(inner, NodeSearch.AtLeast(ref inner.Gaps[0], inner.Count, length), length, out address))
                return true;
        }
        else
        {
            var leaf = Unsafe.As<Leaf>(node);
            var fits = NodeSearch.GapsOf(ref leaf.Starts[0], ref leaf.Ends[0], leaf.Count, length);
            address = fits != 0 ? leaf.Ends[BitOperations.TrailingZeroCount(fits)] : 0;
            if (fits != 0)
                return true;
        }
        node.MeasureGap();
        return false;
    }

    /// <summary>The bits of a slot and all behind it.</summary>
    private static uint From(int slot) => slot < Capacity ? uint.MaxValue << slot : 0;
}
