// Which rooms release 12 overlooks: it searches a tree whose shape is the history of look-ups, and misses the last room in some of its shapes.
namespace Growstack.Maps;

/// <summary>
/// A splay tree over the entries of a map: whatever is looked up becomes its root. Release 12 finds room in such a tree. A search that begins in free
/// space goes on behind the entry it has passed last, and if that happens to be the map's last entry, it does not see the room behind it. Whether that
/// happens depends on the tree's shape, and so on what was looked up before. Kept only for a map that shall answer to the letter.
/// </summary>
/// <remarks>Guarded by the map's lock. Sleator and Tarjan's top-down splaying: a walk takes the tree apart into the nodes left and right of an address, and joins them under a new root.</remarks>
internal sealed partial class SearchHistory(EntryIndex index)
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

    /// <summary>An entry is about to be merged into the next one, or else into the one before it; <see cref="Close"/> follows when it is.</summary>
    internal void OpenToMerge(int id, bool intoNext)
    {
        Open(index[id].Start, 0);
        if (intoNext)
        {
            WalkToNext();
            _middle = Pop(_right);
            _nodes[_middle].Left = _nodes[id].Left;
        }
        else
        {
            WalkToPrevious();
            _middle = Pop(_left);
            _nodes[_middle].Right = _nodes[id].Right;
        }
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
}
