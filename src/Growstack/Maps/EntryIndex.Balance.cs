// How the tree stays balanced: full nodes split, idle neighbours merge, and the root follows.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Neighbours that together hold no more than this become one node: a merged node has room before it must split again.</summary>
    private const int MergeLimit = Capacity * 3 / 4;

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
