// What is compared: the index of a map, and what a .NET developer would use instead. Each stores ranges with a payload and does the same work.
using Growstack.Maps;
using Growstack.Processes;

using NetTopologySuite.Index.Bintree;

namespace Growstack.Bench;

/// <summary>An ordered set of ranges. Those who implement it are structs, so that each has code of its own and pays for no call through an interface.</summary>
public interface IRanges<TSelf>
    where TSelf : struct, IRanges<TSelf>
{
    static abstract TSelf Create();

    void Insert(ulong first, ulong behind);

    /// <summary>Removes a range that is there.</summary>
    void Remove(ulong first, ulong behind);

    /// <summary>Removes the range that contains an address, if there is one.</summary>
    bool Remove(ulong address);

    bool Contains(ulong address);

    /// <summary>The lowest free address at or after start with room for length bytes.</summary>
    ulong FindSpace(ulong start, ulong length);

    TSelf Fork();
}

/// <summary>growstack's index of entries.</summary>
public readonly struct TreeRanges : IRanges<TreeRanges>
{
    private readonly EntryIndex _index;

    private TreeRanges(EntryIndex index) => _index = index;

    public static TreeRanges Create() => new(new EntryIndex(Layout.Min, Layout.Max));

    public void Insert(ulong first, ulong behind)
    {
        ref var entry = ref _index.Allocate(out var id);
        entry.Start = first;
        entry.End = behind;
        _index.Link(id);
    }

    public void Remove(ulong first, ulong behind) => Remove(first);

    public bool Remove(ulong address)
    {
        if (!_index.Lookup(address, out var id))
            return false;
        _index.Unlink(id);
        _index.Free(id);
        return true;
    }

    public bool Contains(ulong address) => _index.Lookup(address, out _);

    public ulong FindSpace(ulong start, ulong length) => _index.FindSpace(start, length, out var address) ? address : 0;

    public TreeRanges Fork() => new(new EntryIndex(_index));
}

/// <summary>The whole map: with its lock, its accounts, its merging; look-ups ask for the range and what it permits.</summary>
public readonly struct MapRanges : IRanges<MapRanges>
{
    private readonly VmSpace _space;

    private MapRanges(VmSpace space) => _space = space;

    internal VmMap Map => _space.Map;

    public static MapRanges Create() => new(new VmSpace(new VmSystem(VmRelease.FreeBsd12), Layout.Min, Layout.Max));

    public void Insert(ulong first, ulong behind) => _space.Map.Insert(null, 0, first, behind, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);

    public void Remove(ulong first, ulong behind) => _space.Map.Remove(first, behind);

    public bool Remove(ulong address)
    {
        if (!_space.Map.TryLookupRange(address, out var range))
            return false;
        _space.Map.Remove(range.Start, range.End);
        return true;
    }

    public bool Contains(ulong address) => _space.Map.TryLookupRange(address, out _);

    public ulong FindSpace(ulong start, ulong length) => _space.Map.FindSpace(start, length, out var address) ? address : 0;

    public MapRanges Fork() => new(_space.Fork(out _));
}

/// <summary>A range with room for what a map remembers of it, as large as an entry of the index.</summary>
internal readonly record struct Range(ulong Start, ulong End, ulong Offset, ulong Reserve, object? Object, uint Flags, int Wired, int Protection);

internal sealed class ByStart : IComparer<Range>
{
    internal static readonly ByStart Instance = new();

    public int Compare(Range x, Range y) => x.Start.CompareTo(y.Start);
}

/// <summary>A sorted <see cref="List{T}"/> with binary search.</summary>
public readonly struct ListRanges : IRanges<ListRanges>
{
    private readonly List<Range> _list;

    private ListRanges(List<Range> list) => _list = list;

    public static ListRanges Create() => new([]);

    public void Insert(ulong first, ulong behind) => _list.Insert(Floor(first) + 1, new Range { Start = first, End = behind });

    public void Remove(ulong first, ulong behind) => Remove(first);

    public bool Remove(ulong address)
    {
        var at = Floor(address);
        if (at < 0 || address >= _list[at].End)
            return false;
        _list.RemoveAt(at);
        return true;
    }

    public bool Contains(ulong address)
    {
        var at = Floor(address);
        return at >= 0 && address < _list[at].End;
    }

    public ulong FindSpace(ulong start, ulong length)
    {
        var at = Floor(start);
        var from = at >= 0 ? Math.Max(start, _list[at].End) : start;
        for (at++; at < _list.Count && _list[at].Start - from < length; at++)
            from = _list[at].End;
        return from;
    }

    public ListRanges Fork() => new([.. _list]);

    private int Floor(ulong address)
    {
        var at = _list.BinarySearch(new Range { Start = address }, ByStart.Instance);
        return at >= 0 ? at : ~at - 1;
    }
}

/// <summary>A <see cref="SortedSet{T}"/>, a red-black tree; views of it find neighbours.</summary>
public readonly struct SetRanges : IRanges<SetRanges>
{
    private readonly SortedSet<Range> _set;

    private SetRanges(SortedSet<Range> set) => _set = set;

    public static SetRanges Create() => new(new SortedSet<Range>(ByStart.Instance));

    public void Insert(ulong first, ulong behind) => _set.Add(new Range { Start = first, End = behind });

    public void Remove(ulong first, ulong behind) => Remove(first);

    public bool Remove(ulong address)
    {
        var found = Floor(address);
        return address < found.End && _set.Remove(found);
    }

    public bool Contains(ulong address) => address < Floor(address).End;

    public ulong FindSpace(ulong start, ulong length)
    {
        var from = Math.Max(start, Floor(start).End);
        foreach (var range in _set.GetViewBetween(new Range { Start = from }, new Range { Start = ulong.MaxValue }))
        {
            if (range.Start - from >= length)
                break;
            from = range.End;
        }
        return from;
    }

    public SetRanges Fork() => new(new SortedSet<Range>(_set, ByStart.Instance));

    private Range Floor(ulong address) => _set.GetViewBetween(default, new Range { Start = address }).Max;
}

/// <summary>The interval tree of NetTopologySuite, the .NET library of spatial indexes.</summary>
public readonly struct IntervalTreeRanges : IRanges<IntervalTreeRanges>
{
    private readonly Bintree<Range> _tree;

    private IntervalTreeRanges(Bintree<Range> tree) => _tree = tree;

    public static IntervalTreeRanges Create() => new(new Bintree<Range>());

    public void Insert(ulong first, ulong behind) => _tree.Insert(new Interval(first, behind - 1), new Range { Start = first, End = behind });

    public void Remove(ulong first, ulong behind) => Remove(first);

    public bool Remove(ulong address)
    {
        foreach (var range in _tree.Query(address))
        {
            if (address >= range.Start && address < range.End)
                return _tree.Remove(new Interval(range.Start, range.End - 1), range);
        }
        return false;
    }

    // The tree answers with candidates.
    public bool Contains(ulong address)
    {
        foreach (var range in _tree.Query(address))
        {
            if (address >= range.Start && address < range.End)
                return true;
        }
        return false;
    }

    public ulong FindSpace(ulong start, ulong length) => throw new NotSupportedException("An interval tree knows no gaps.");

    public IntervalTreeRanges Fork()
    {
        var child = Create();
        foreach (var range in _tree)
            child._tree.Insert(new Interval(range.Start, range.End - 1), range);
        return child;
    }
}
