// The splaying itself: walks that take the tree apart, and how it is joined again.
namespace Growstack.Maps;

internal sealed partial class SearchHistory
{
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
