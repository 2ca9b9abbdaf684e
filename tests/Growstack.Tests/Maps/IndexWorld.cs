// An index of entries beside a plain sorted list: every step is done to both, and they must agree.
using Growstack.Maps;

namespace Growstack.Tests.Maps;

/// <summary>A step: what to do, where in the list of entries or in the map, and how large.</summary>
internal readonly record struct IndexStep(int Kind, uint Where, uint Size);

/// <summary>An index and the sorted list that it must agree with.</summary>
internal sealed class IndexWorld(ulong min, ulong max)
{
    private EntryIndex _index = new(min, max);
    private readonly List<(ulong Start, ulong End, int Id)> _list = [];

    internal int Count => _list.Count;

    internal void Do(IndexStep step, bool check = true)
    {
        var address = min + (step.Where % ((max - min) / 0x1000) * 0x1000);
        var at = _list.Count > 0 ? (int)(step.Where % (uint)_list.Count) : -1;
        switch (step.Kind)
        {
            case <= 3:
                PlaceInGap(step, at);
                break;
            case <= 5:
                if (at >= 0)
                    Unlink(at, check: false);
                break;
            case <= 7:
                if (at >= 0)
                    Resize(at, step.Size);
                break;
            case 8:
                FindSpace(at >= 0 && step.Size % 2 == 0 ? _list[at].Start + 0x1000 : address, step.Size * 0x1000ul);
                break;
            case 9:
                Append(step.Size);
                break;
            case 10:
                if (at >= 0)
                    RemoveRun(at, (int)Math.Min(step.Size, _list.Count - at - 1) + 1);
                break;
            case 11 or 12:
                if (at >= 0)
                    Split(at, step.Size, above: step.Kind == 11);
                break;
            case 13:
                _index = new EntryIndex(_index);
                break;
            default:
                Lookup(at >= 0 && step.Size % 2 == 0 ? _list[at].End - (step.Size % 4 / 2) : address);
                break;
        }
        if (check)
            Check();
    }

    /// <summary>Maps at the front, the back or all of the gap behind an entry.</summary>
    private void PlaceInGap(IndexStep step, int at)
    {
        var from = at < 0 || step.Size == 7 ? min : _list[at].End;
        var slot = _list.FindIndex(e => e.Start >= from);
        var to = slot < 0 ? max : _list[slot].Start;
        if (from >= to)
            return;
        var length = Math.Min(to - from, (1 + (ulong)step.Size) * 0x800);
        if (step.Kind == 0)
            Link(to - length, to);
        else if (step.Kind == 1)
            Link(from, from + length);
        else if (to - from > length)
            Link(from + ((to - from - length) / 2), from + ((to - from - length) / 2) + length);
    }

    internal void Link(ulong start, ulong end)
    {
        ref var entry = ref _index.Allocate(out var id);
        Assert.Equal(default, entry);
        (entry.Start, entry.End) = (start, end);
        _index.Link(id);
        var slot = _list.FindIndex(e => e.Start >= end);
        _list.Insert(slot < 0 ? _list.Count : slot, (start, end, id));
    }

    private void Append(uint size)
    {
        var from = _list.Count > 0 ? _list[^1].End : min;
        if (max - from < 0x1000ul * (size + 1))
            return;
        _index.Allocate(out var id) = new MapEntry { Start = from + (size * 0x1000ul), End = from + ((size + 1) * 0x1000ul) };
        _index.LinkLast(id);
        _list.Add((_index[id].Start, _index[id].End, id));
    }

    internal void Unlink(int at, bool check)
    {
        _index.Unlink(_list[at].Id);
        _index.Free(_list[at].Id);
        _list.RemoveAt(at);
        if (check)
            Check();
    }

    private void RemoveRun(int at, int count)
    {
        _index.RemoveRun(_list[at].Id, count);
        _list.RemoveRange(at, count);
    }

    private void Split(int at, uint size, bool above)
    {
        var (start, end, id) = _list[at];
        var address = start + Math.Min(size * 0x100ul, end - start);
        _index.Allocate(out var other);
        if (address == start || address == end)
        {
            Assert.Throws<ArgumentException>(() => _index.Split(id, address, other, above));
            _index.Free(other);
            return;
        }
        _index.Split(id, address, other, above);
        _list[at] = (start, address, above ? id : other);
        _list.Insert(at + 1, (address, end, above ? other : id));
    }

    private void Resize(int at, uint size)
    {
        var (start, end, id) = _list[at];
        var low = at > 0 ? _list[at - 1].End : min;
        var high = at + 1 < _list.Count ? _list[at + 1].Start : max;
        if (size % 2 == 0)
            start = Math.Max(low, start - Math.Min(start - low, size * 0x400ul));
        else if (end - start > size)
            start += size;
        if (size % 3 == 0)
            end = Math.Min(high - end, size * 0x400ul) + end;
        else if (end - start > size)
            end -= size;
        _index.Resize(id, start, end);
        _list[at] = (start, end, id);
    }

    private void Lookup(ulong address)
    {
        var slot = _list.FindLastIndex(e => e.Start <= address);
        var expected = slot < 0 ? EntryIndex.Header : _list[slot].Id;
        Assert.Equal(slot >= 0 && address < _list[slot].End, _index.Lookup(address, out var id));
        Assert.Equal(expected, id);
    }

    private void FindSpace(ulong start, ulong length)
    {
        var from = Math.Max(start, min);
        var candidate = from;
        foreach (var (s, e, _) in _list)
        {
            if (e <= candidate)
                continue;
            // An address inside an entry is not free, not even for nothing.
            if (s > candidate ? s - candidate >= length : length == 0 && candidate != from)
                break;
            candidate = e;
        }
        var fits = candidate <= max && max - candidate >= length;
        Assert.Equal(fits, _index.FindSpace(start, length, out var found));
        Assert.Equal(fits ? candidate : 0, found);
    }

    internal void Check()
    {
        _index.CheckConsistency();
        Assert.Equal(_list.Count, _index.Count);
        var id = EntryIndex.Header;
        foreach (var (start, end, expected) in _list)
        {
            id = _index.Next(id);
            Assert.Equal((start, end, expected), (_index[id].Start, _index[id].End, id));
        }
    }
}
