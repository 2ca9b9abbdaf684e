// The index's consistency check: everything it believes, compared with what is there.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Verifies order, links, separators, gaps, counts and pools.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong; the message says what.</exception>
    internal void CheckConsistency()
    {
        Require(_root.Parent is null, "the root has a parent");
        var previous = Header;
        var height = -1;
        CheckNode(_root, 0, rightEdge: true, ref height, ref previous, out var linked);
        Require(linked == Count, $"the tree holds {linked} entries, the count says {Count}");
        Require(previous == Header || this[previous].End <= _max, "the last entry passes the map's end");
        Require(this[Header].Start == _max && this[Header].End == _min, "the header lost the map's bounds");
        Require(_first == FirstLeaf(_root) && _last == LastLeaf(_root), "the first or last leaf is not at the tree's edge");
        CheckPools();
    }

    private void CheckNode(Node node, int depth, bool rightEdge, ref int height, ref int previous, out int linked)
    {
        var unused = ((Span<ulong>)node.Starts)[node.Count..];
        Require(unused.IndexOfAnyExcept(ulong.MaxValue) < 0, "an unused slot has a key");
        Require(node.Count <= Capacity && (node.Count > 0 || node == _root), "a node is empty or over-full");
        linked = 0;
        if (node is Inner inner)
        {
            Require(node != _root || node.Count > 1, "the root has a single child");
            for (var slot = 0; slot < inner.Count; slot++)
            {
                var child = inner.Children[slot];
                var childOnEdge = rightEdge && slot == inner.Count - 1;
                Require(child?.Parent == inner, "a child does not know its parent");
                CheckNode(child!, depth + 1, childOnEdge, ref height, ref previous, out var below);
                linked += below;
                Require(inner.Starts[slot] == child!.Starts[0], "a separator is not the first start below it");
                Require(childOnEdge || inner.Ends[slot] == this[previous].End, "an extent does not end with its last entry");
                Require(inner.Gaps[slot] >= child.Gap, "a parent believes the gap of a child to be smaller than the child does");
                Require(slot + 1 == inner.Count || inner.Gaps[slot] >= inner.GapAfter(slot), "a gap behind a child is larger than its parent believes");
            }
            Require(((Span<Node?>)inner.Children)[inner.Count..].IndexOfAnyExcept((Node?)null) < 0, "an unused slot has a child");
        }
        else
        {
            Require(height < 0 || height == depth, "leaves at different depths");
            height = depth;
            var leaf = (Leaf)node;
            for (var slot = 0; slot < leaf.Count; slot++)
            {
                var id = leaf.IdAt(slot);
                ref var entry = ref this[id];
                Require(id != Header && entry.Start == leaf.Starts[slot] && entry.End == leaf.Ends[slot] && TagOf(id, entry) == leaf.Tags[slot], "an entry and its leaf disagree");
                Require(entry.Start < entry.End && entry.Start >= this[previous].End, "entries overlap, are empty or out of order");
                previous = id;
            }
            linked = leaf.Count;
        }
        Require(node.Gap >= SlowGap(node), "a node has a larger gap than it believes");
    }

    private static ulong SlowGap(Node node)
    {
        ulong gap = 0;
        for (var slot = 0; slot < node.Count; slot++)
        {
            gap = slot > 0 ? Math.Max(gap, node.Starts[slot] - node.Ends[slot - 1]) : gap;
            gap = node is Inner inner ? Math.Max(gap, inner.Gaps[slot]) : gap;
        }
        return gap;
    }

    private void CheckPools()
    {
        var allocated = 0;
        for (var chunk = 0; chunk <= _nextFresh >> ChunkBits && chunk < _chunks.Length; chunk++)
            allocated += chunk == _nextFresh >> ChunkBits ? _nextFresh & (FullChunk - 1) : _chunks[chunk].Length;
        var free = 0;
        for (var id = _freeEntries; id != Header; id = this[id].Link)
            Require(this[id].Object is null && this[id].Start == this[id].End && ++free <= allocated, "a free entry is in use, or the free list runs in a circle");
        Require(free + Count < allocated, "more entries are free or linked than were ever made");
        for (var leaf = _freeLeaves; leaf is not null; leaf = (Leaf?)leaf.NextFree)
            Require(leaf.Count == 0 && leaf.Parent is null && leaf.Starts[0] == ulong.MaxValue, "a pooled leaf is not empty");
        for (var inner = _freeInners; inner is not null; inner = (Inner?)inner.NextFree)
            Require(inner.Count == 0 && inner.Parent is null && inner.Children[0] is null, "a pooled inner node is not empty");
    }

    private static void Require(bool holds, string broken)
    {
        if (!holds)
            throw new InvalidOperationException($"The index of entries is inconsistent: {broken}.");
    }
}
