// How a leaf of the tree changes, and what that means for the nodes above it.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    private void Insert(Leaf leaf, int slot, ulong start, ulong end, uint tag)
    {
        if (leaf.Count == Capacity)
        {
            InsertIntoFull(leaf, slot, start, end, tag);
            return;
        }
        var first = leaf.Starts[0];
        leaf.InsertAt(slot, start, end, tag);
        if (slot == 0 || slot == leaf.Count - 1)
            RefreshEdge(leaf, slot, first);
    }

    private void Append(ulong start, ulong end, uint tag)
    {
        var leaf = _last;
        if (leaf.Count < Capacity)
        {
            var gap = leaf.Gap;
            leaf.InsertAt(leaf.Count, start, end, tag);
            leaf.RaiseGap(leaf.GapAround(leaf.Count - 1));
            // Ends on the right edge of the tree need not be exact.
            if (gap != leaf.Gap)
                Refresh(leaf, leaf.Starts[0]);
            return;
        }
        // The right edge moves: the ends along the old one become exact, and full nodes stay full.
        for (Node node = leaf; node.Parent is { } parent; node = parent)
            parent.Ends[parent.Count - 1] = node.Ends[node.Count - 1];
        var right = NewLeaf();
        right.InsertAt(0, start, end, tag);
        InsertAfter(leaf, right, Capacity);
        _last = right;
    }

    private static void Replace(Leaf leaf, int slot, ulong start, ulong end)
    {
        var first = leaf.Starts[0];
        leaf.Starts[slot] = start;
        leaf.Ends[slot] = end;
        if (slot == 0 || slot == leaf.Count - 1)
            RefreshEdge(leaf, slot, first);
        else
            RaiseGap(leaf, leaf.GapAround(slot));
    }

    /// <summary>Cuts the entry at slot in two.</summary>
    private void Split(Leaf leaf, int slot, ulong address, uint lower, uint upper)
    {
        if (leaf.Count == Capacity)
        {
            // A stack grows by cutting its gap again and again: what lies above is out of the way then.
            var right = Divide(leaf, Math.Min(slot + 1, Capacity / 2));
            if (slot >= leaf.Count)
                (leaf, slot) = (right, slot - leaf.Count);
        }
        leaf.SplitAt(slot, address, lower, upper);
        SetHint(leaf, slot);
    }

    /// <summary>Takes a run of entries out of one leaf.</summary>
    private void Remove(Leaf leaf, int slot, int removed)
    {
        var first = leaf.Starts[0];
        leaf.RemoveAt(slot, removed);
        if (leaf.Count == 0)
        {
            if (leaf.Parent is not { } parent)
                return;
            RemoveChild(parent, leaf.PlaceIn(parent, first));
            if (leaf == _first)
                _first = FirstLeaf(_root);
            if (leaf == _last)
                _last = LastLeaf(_root);
        }
        else
        {
            if (slot == 0 || slot == leaf.Count)
                Refresh(leaf, first);
            else
                RaiseGap(leaf, leaf.GapAfter(slot - 1));
            // Not at every single removal: looking at the neighbours costs more than the removal itself.
            if (leaf.Count <= Capacity / 2 && (removed > 1 || leaf.Count % 8 == 0))
                MergeAround(leaf);
        }
    }

    /// <summary>The first or last entry of a leaf has changed.</summary>
    private static void RefreshEdge(Leaf leaf, int slot, ulong formerFirst)
    {
        leaf.RaiseGap(leaf.GapAround(slot));
        Refresh(leaf, formerFirst);
    }

    /// <summary>Tells the nodes above what has become of a node that they know by its former first start; stops where nothing changes any more.</summary>
    private static void Refresh(Node node, ulong formerFirst)
    {
        while (node.Parent is { } parent)
        {
            var slot = node.PlaceIn(parent, formerFirst);
            var last = parent.Count - 1;
            var (start, end, gap) = (parent.Starts[0], parent.Ends[last], parent.Gap);
            parent.Describe(slot, node);
            parent.RaiseGap(parent.GapAround(slot));
            if (start == parent.Starts[0] && end == parent.Ends[last] && gap == parent.Gap)
                return;
            node = parent;
            formerFirst = start;
        }
    }

    /// <summary>There is a new gap inside a leaf: no node above may believe that its largest is smaller.</summary>
    private static void RaiseGap(Leaf leaf, ulong gap)
    {
        Node node = leaf;
        while (gap > node.Gap)
        {
            node.Gap = gap;
            if (node.Parent is not { } parent)
                return;
            ref var known = ref parent.Gaps[node.PlaceIn(parent)];
            known = Math.Max(known, gap);
            node = parent;
        }
    }
}
