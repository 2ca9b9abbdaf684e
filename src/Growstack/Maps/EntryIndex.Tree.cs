// How the tree changes: insertion, removal, splits and merges, and what a change in a leaf means for the nodes above it.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Neighbours that together hold no more than this become one node: a merged node has room before it must split again.</summary>
    private const int MergeLimit = Capacity * 3 / 4;

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

    private void InsertIntoFull(Leaf leaf, int slot, ulong start, ulong end, uint tag)
    {
        if (slot == Capacity && NextSibling(leaf) is Leaf { Count: < Capacity } sibling)
        {
            // Mappings placed downwards from above arrive here one after the other: they fill the next leaf instead of starting a new one each.
            Insert(sibling, 0, start, end, tag);
            return;
        }
        var first = leaf.Starts[0];
        var right = NewLeaf();
        // Who fills a map upwards or downwards leaves full leaves behind.
        var middle = slot is 0 or Capacity ? slot : Capacity / 2;
        leaf.MoveTo(right, middle);
        if (leaf == _last)
            _last = right;
        if (slot > middle || middle == Capacity)
            right.InsertAt(slot - middle, start, end, tag);
        else
            leaf.InsertAt(slot, start, end, tag);
        leaf.MeasureGap();
        right.MeasureGap();
        Refresh(leaf, first);
        InsertAfter(leaf, right, Capacity / 2);
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

    /// <summary>Moves the upper part of a full leaf to a new one.</summary>
    private Leaf Divide(Leaf leaf, int middle)
    {
        var right = NewLeaf();
        leaf.MoveTo(right, middle);
        if (leaf == _last)
            _last = right;
        leaf.MeasureGap();
        right.MeasureGap();
        Refresh(leaf, leaf.Starts[0]);
        InsertAfter(leaf, right, Capacity / 2);
        return right;
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

    /// <summary>Puts a new node in behind its left neighbour, splitting the parent if it is full, at <paramref name="middle"/>.</summary>
    private void InsertAfter(Node left, Node right, int middle)
    {
        if (left.Parent is not { } parent)
        {
            var root = NewInner();
            root.InsertAt(0, left);
            root.InsertAt(1, right);
            root.MeasureGap();
            _root = root;
            return;
        }
        var (first, slot) = (parent.Starts[0], left.PlaceIn(parent) + 1);
        if (parent.Count < Capacity)
        {
            parent.InsertAt(slot, right);
            parent.MeasureGap();
            Refresh(parent, first);
            return;
        }
        var sibling = NewInner();
        parent.MoveTo(sibling, middle);
        if (slot > middle || middle == Capacity)
            sibling.InsertAt(slot - middle, right);
        else
            parent.InsertAt(slot, right);
        parent.MeasureGap();
        sibling.MeasureGap();
        Refresh(parent, first);
        InsertAfter(parent, sibling, middle);
    }

    /// <summary>Takes an empty or merged child out of its parent, and the parent too if that was its last.</summary>
    private void RemoveChild(Inner parent, int slot)
    {
        var first = parent.Starts[0];
        var child = parent.Children[slot]!;
        parent.RemoveAt(slot);
        Release(child);
        if (parent.Count == 0)
        {
            // Only reached with an empty leaf below, and a root has two children at least: there is a parent above.
            var above = parent.Parent!;
            RemoveChild(above, parent.PlaceIn(above, first));
            return;
        }
        parent.MeasureGap();
        Refresh(parent, first);
        if (parent.Parent is null)
            DropIdleRoots();
        else if (parent.Count <= Capacity / 2)
            MergeAround(parent);
    }

    private void DropIdleRoots()
    {
        while (_root is Inner { Count: 1 } idle)
        {
            _root = idle.Children[0]!;
            _root.Parent = null;
            Release(idle);
        }
    }

    private void MergeAround(Node node)
    {
        if (node.Parent is not { } parent)
            return;
        var slot = node.PlaceIn(parent);
        if (slot + 1 < parent.Count && node.Count + parent.Children[slot + 1]!.Count <= MergeLimit)
            Merge(parent, slot);
        else if (slot > 0 && node.Count + parent.Children[slot - 1]!.Count <= MergeLimit)
            Merge(parent, slot - 1);
    }

    /// <summary>Moves all from the child behind slot into the one at slot.</summary>
    private void Merge(Inner parent, int slot)
    {
        var left = parent.Children[slot]!;
        var right = parent.Children[slot + 1]!;
        // What is moved to the middle of a node must have an exact end.
        left.Ends[left.Count - 1] = parent.Ends[slot];
        if (left is Leaf leaf)
            ((Leaf)right).MoveTo(leaf, 0);
        else
            ((Inner)right).MoveTo((Inner)left, 0);
        left.MeasureGap();
        parent.Describe(slot, left);
        if (right == _last)
            _last = (Leaf)left;
        RemoveChild(parent, slot + 1);
    }
}
