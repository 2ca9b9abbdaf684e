// Which rooms release 12 overlooks: it searches a tree whose shape is the history of look-ups, and misses the last room in some of its shapes.
namespace Growstack.Maps;

/// <summary>
/// A splay tree over the entries of a map: whatever is looked up becomes its root. Release 12 finds room in such a tree. A search that begins in free
/// space goes on behind the entry it has passed last, and if that happens to be the map's last entry, it does not see the room behind it. Whether that
/// happens depends on the tree's shape, and so on what was looked up before. Kept only for a map that shall answer to the letter.
/// </summary>
/// <remarks>Guarded by the map's lock. Sleator and Tarjan's top-down splaying: a walk takes the tree apart into the nodes left and right of an address, and joins them under a new root.</remarks>
internal sealed class SearchHistory(EntryIndex index)
{
    private const int None = EntryIndex.Header;

    private readonly List<int> _left = [];
    private readonly List<int> _right = [];
    private Node[] _nodes = new Node[64];
    private int _root;
    private int _middle;

    /// <summary>Children, and the widest gap beside or between the entries of the subtree.</summary>
    private struct Node
    {
        internal int Left;
        internal int Right;
        internal ulong Gap;
    }

    /// <summary>An address was looked up.</summary>
    internal void LookUp(ulong address)
    {
        if (_root == None || (address >= index[_root].Start && address < index[_root].End))
            return;
        Open(address, 0);
        if (_middle == None)
            TakeNeighbour();
        Close();
    }

    /// <summary>An entry has been linked into the index.</summary>
    internal void Link(int id)
    {
        if (id >= _nodes.Length)
            Array.Resize(ref _nodes, Math.Max(id + 1, 2 * _nodes.Length));
        _nodes[id] = default;
        // The entry lies in free space of the tree, so the walk ends at none.
        Open(index[id].Start, 0);
        _middle = id;
        Close();
    }

    /// <summary>An entry is about to be unlinked; <see cref="Close"/> follows when it is.</summary>
    internal void OpenToUnlink(int id)
    {
        Open(index[id].Start, 0);
        WalkToPrevious();
        WalkToNext();
        TakeNeighbour();
    }

    /// <summary>An entry is about to be merged into the next one; <see cref="Close"/> follows when it is.</summary>
    internal void OpenToMergeUp(int id)
    {
        Open(index[id].Start, 0);
        WalkToNext();
        var next = Pop(_right);
        _nodes[next].Left = _nodes[id].Left;
        _middle = next;
    }

    /// <summary>An entry is about to be merged into the one before it; <see cref="Close"/> follows when it is.</summary>
    internal void OpenToMergeDown(int id)
    {
        Open(index[id].Start, 0);
        WalkToPrevious();
        var previous = Pop(_left);
        _nodes[previous].Right = _nodes[id].Right;
        _middle = previous;
    }

    /// <summary>The end of an entry is about to move; <see cref="Close"/> follows when it has.</summary>
    internal void OpenToResize(int id)
    {
        Open(index[id].Start, 0);
        WalkToNext();
    }

    /// <summary>Joins what an Open took apart, after the index has changed.</summary>
    internal void Close()
    {
        _root = _middle;
        if (_root == None)
            return;
        Join(_root);
        _left.Clear();
        _right.Clear();
    }

    /// <summary>vm_map_findspace(9): the first room that the search sees.</summary>
    internal bool FindSpace(ulong start, ulong length, ulong min, ulong max, out ulong address)
    {
        address = start = Math.Max(start, min);
        if (start > max || length > max - start)
            return false;
        if (_root == None)
            return true;
        Open(start, length);
        var edge = _right.Count > 0 ? index[_right[^1]].Start : max;
        if (_middle != None)
        {
            address = index[_middle].End;
            if (_nodes[_middle].Right != None)
                edge = address;
        }
        else if (_right.Count > 0)
        {
            _middle = Pop(_right);
            _nodes[_middle].Left = None;
        }
        else
        {
            TakeNeighbour();
        }
        Close();
        if (address <= edge && length <= edge - address)
            return true;
        var behind = _nodes[_root].Right;
        if (behind == None || length > _nodes[behind].Gap)
            return false;
        address = TakeFirstGap(length);
        return true;
    }

    /// <summary>Makes the entry before the first wide gap behind the root the new root.</summary>
    private ulong TakeFirstGap(ulong length)
    {
        var at = _root;
        for (ulong left = 0; at != None; left = at == None ? 0 : GapLeftOf(at, Last(_left)))
        {
            if (length <= left)
            {
                var ancestor = Last(_left);
                at = StepLeft(at, _nodes[at].Left is var y && y != None && length <= GapLeftOf(y, ancestor));
            }
            else
            {
                at = StepRight(at, _nodes[at].Right is var y && y != None && length > GapLeftOf(y, at));
            }
        }
        _middle = Pop(_left);
        _nodes[_middle].Right = None;
        if (_right.Count > 0)
        {
            var right = Pop(_right);
            _nodes[right].Left = None;
            Rejoin(right, _right, toTheRight: true);
            Update(right);
            _nodes[_middle].Right = right;
            _right.Clear();
        }
        Close();
        return index[_root].End;
    }

    /// <summary>Walks towards an address and takes the tree apart on the way; subtrees without a gap of a length are not entered.</summary>
    private void Open(ulong address, ulong length)
    {
        var at = _root;
        while (at != None && _nodes[at].Gap >= length)
        {
            if (address < index[at].Start)
                at = StepLeft(at, _nodes[at].Left is var y && y != None && _nodes[y].Gap >= length && address < index[y].Start);
            else if (address >= index[at].End)
                at = StepRight(at, _nodes[at].Right is var y && y != None && _nodes[y].Gap >= length && address >= index[y].End);
            else
                break;
        }
        _middle = at;
    }

    private int StepLeft(int at, bool rotate)
    {
        if (rotate)
        {
            var y = _nodes[at].Left;
            _nodes[at].Left = _nodes[y].Right;
            _nodes[y].Right = at;
            Update(at);
            at = y;
        }
        _right.Add(at);
        return _nodes[at].Left;
    }

    private int StepRight(int at, bool rotate)
    {
        if (rotate)
        {
            var y = _nodes[at].Right;
            _nodes[at].Right = _nodes[y].Left;
            _nodes[y].Left = at;
            Update(at);
            at = y;
        }
        _left.Add(at);
        return _nodes[at].Right;
    }

    private void WalkToPrevious()
    {
        for (var at = _nodes[_middle].Left; at != None;)
            at = StepRight(at, _nodes[at].Right != None);
        _nodes[_middle].Left = None;
    }

    private void WalkToNext()
    {
        for (var at = _nodes[_middle].Right; at != None;)
            at = StepLeft(at, _nodes[at].Left != None);
        _nodes[_middle].Right = None;
    }

    /// <summary>No entry is in the middle any more: the one before takes its place, or else the one behind.</summary>
    private void TakeNeighbour()
    {
        _middle = None;
        if (_left.Count > 0)
        {
            _middle = Pop(_left);
            _nodes[_middle].Right = None;
        }
        else if (_right.Count > 0)
        {
            _middle = Pop(_right);
            _nodes[_middle].Left = None;
        }
    }

    private void Join(int root)
    {
        Rejoin(root, _left, toTheRight: false);
        Rejoin(root, _right, toTheRight: true);
        Update(root);
    }

    /// <summary>Hangs the nodes of one side under a root again, the one nearest to it deepest.</summary>
    private void Rejoin(int root, List<int> side, bool toTheRight)
    {
        var below = toTheRight ? _nodes[root].Right : _nodes[root].Left;
        for (var i = side.Count - 1; i >= 0; i--)
        {
            var at = side[i];
            if (toTheRight)
                _nodes[at].Left = below;
            else
                _nodes[at].Right = below;
            Update(at);
            below = at;
        }
        if (toTheRight)
            _nodes[root].Right = below;
        else
            _nodes[root].Left = below;
    }

    private void Update(int at)
    {
        ref var node = ref _nodes[at];
        var left = node.Left != None ? _nodes[node.Left].Gap : index[at].Start - index[index.Previous(at)].End;
        var right = node.Right != None ? _nodes[node.Right].Gap : index[index.Next(at)].Start - index[at].End;
        node.Gap = Math.Max(left, right);
    }

    private ulong GapLeftOf(int at, int ancestor) =>
        _nodes[at].Left is var left && left != None ? _nodes[left].Gap : index[at].Start - index[ancestor].End;

    private static int Last(List<int> side) => side.Count > 0 ? side[^1] : None;

    private static int Pop(List<int> side)
    {
        var last = side[^1];
        side.RemoveAt(side.Count - 1);
        return last;
    }
}
