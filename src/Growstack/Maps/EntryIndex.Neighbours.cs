// What lies beside an entry: the next slot of its leaf, or the first of the next leaf.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>The end of the last entry; where the map begins if there is none.</summary>
    private ulong EndOfLast => _last.Count > 0 ? _last.Ends[_last.Count - 1] : _min;

    /// <summary>The entry after a linked one; <see cref="Header"/> after the last. The first, after <see cref="Header"/>.</summary>
    internal int Next(int id)
    {
        if (id == Header)
            return _first.Count > 0 ? _first.IdAt(0) : Header;
        var leaf = PositionOf(id, out var slot);
        if (slot + 1 < leaf.Count)
            return leaf.IdAt(slot + 1);
        return LeafAfter(leaf)?.IdAt(0) ?? Header;
    }

    /// <summary>The entry before a linked one; <see cref="Header"/> before the first. The last, before <see cref="Header"/>.</summary>
    internal int Previous(int id)
    {
        if (id == Header)
            return _last.Count > 0 ? _last.IdAt(_last.Count - 1) : Header;
        var leaf = PositionOf(id, out var slot);
        if (slot > 0)
            return leaf.IdAt(slot - 1);
        return LeafBefore(leaf) is { } before ? before.IdAt(before.Count - 1) : Header;
    }

    /// <summary>Finds the entries that touch a linked one; <see cref="Header"/> where there is a gap, or nothing.</summary>
    /// <remarks>Does not look at the neighbours themselves: it is in large maps, where each is far away, that they seldom touch.</remarks>
    internal void FindTouching(int id, out int before, out int after)
    {
        var leaf = PositionOf(id, out var slot);
        before = after = Header;
        if (EndBefore(leaf, slot) == leaf.Starts[slot])
            before = Previous(id);
        if (StartBehind(leaf, slot) == leaf.Ends[slot])
            after = Next(id);
    }

    /// <summary>Where the entry behind a slot starts; behind the last, where the map ends.</summary>
    private ulong StartBehind(Leaf leaf, int slot) => slot + 1 < leaf.Count ? leaf.Starts[slot + 1] : LeafAfter(leaf)?.Starts[0] ?? _max;

    /// <summary>Where the entry before a slot ends; before the first, where the map begins.</summary>
    private ulong EndBefore(Leaf leaf, int slot)
    {
        if (slot > 0)
            return leaf.Ends[slot - 1];
        if (leaf == _first)
            return _min;
        return LeafBefore(leaf) is { } before ? before.Ends[before.Count - 1] : _min;
    }

    private static Leaf? LeafAfter(Leaf leaf)
    {
        for (Node node = leaf; node.Parent is { } parent; node = parent)
        {
            if (NextSibling(node) is { } next)
                return FirstLeaf(next);
        }
        return null;
    }

    private static Leaf? LeafBefore(Leaf leaf)
    {
        for (Node node = leaf; node.Parent is { } parent; node = parent)
        {
            if (node.PlaceIn(parent) is var slot and > 0)
                return LastLeaf(parent.Children[slot - 1]!);
        }
        return null;
    }

    private static Node? NextSibling(Node node)
    {
        if (node.Parent is not { } parent)
            return null;
        var slot = node.PlaceIn(parent) + 1;
        return slot < parent.Count ? parent.Children[slot] : null;
    }

    private static Leaf FirstLeaf(Node node)
    {
        while (node is Inner inner)
            node = inner.Children[0]!;
        return (Leaf)node;
    }

    private static Leaf LastLeaf(Node node)
    {
        while (node is Inner inner)
            node = inner.Children[inner.Count - 1]!;
        return (Leaf)node;
    }
}
