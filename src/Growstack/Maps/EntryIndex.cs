// The ordered index of a map's entries: a sorted list of ids.
namespace Growstack.Maps;

internal sealed class EntryIndex
{
    internal const int Header = 0;
    private readonly ulong _min;
    private readonly ulong _max;
    private readonly List<int> _order = [];
    private readonly Stack<int> _free = new();
    private readonly List<MapEntry[]> _chunks = [];
    private int _fresh = 1;

    internal EntryIndex(ulong min, ulong max)
    {
        _min = min;
        _max = max;
        _chunks.Add(new MapEntry[256]);
        this[Header] = new MapEntry { Start = max, End = min };
    }

    internal int Count => _order.Count;

    internal ref MapEntry this[int id] => ref _chunks[id >> 8][id & 255];

    internal int Allocate()
    {
        if (_free.TryPop(out var id))
            return id;
        if (_fresh >> 8 >= _chunks.Count)
            _chunks.Add(new MapEntry[256]);
        return _fresh++;
    }

    internal void Free(int id)
    {
        this[id] = default;
        _free.Push(id);
    }

    internal void Link(int id)
    {
        ref var entry = ref this[id];
        var slot = SlotOf(entry.Start) + 1;
        var next = slot < _order.Count ? _order[slot] : Header;
        var previous = slot > 0 ? _order[slot - 1] : Header;
        if (entry.Start >= entry.End || entry.Start < this[previous].End || entry.End > this[next].Start)
            throw new ArgumentException($"[0x{entry.Start:x}, 0x{entry.End:x}) overlaps.");
        _order.Insert(slot, id);
        entry.Next = next;
        entry.Previous = previous;
        this[previous].Next = id;
        this[next].Previous = id;
    }

    internal void LinkLast(int id) => Link(id);

    internal void Unlink(int id)
    {
        ref var entry = ref this[id];
        _order.RemoveAt(SlotOf(entry.Start));
        this[entry.Previous].Next = entry.Next;
        this[entry.Next].Previous = entry.Previous;
    }

    internal void Resize(int id, ulong start, ulong end)
    {
        ref var entry = ref this[id];
        if (start >= end || start < this[entry.Previous].End || end > this[entry.Next].Start)
            throw new ArgumentException($"[0x{start:x}, 0x{end:x}) overlaps.");
        entry.Start = start;
        entry.End = end;
    }

    internal int Next(int id) => this[id].Next;

    internal int Previous(int id) => this[id].Previous;

    internal bool Lookup(ulong address, out int id)
    {
        var slot = SlotOf(address);
        id = slot < 0 ? Header : _order[slot];
        return slot >= 0 && address < this[id].End;
    }

    internal bool FindSpace(ulong start, ulong length, out ulong address)
    {
        address = Math.Max(start, _min);
        if (address > _max || length > _max - address)
            return false;
        var slot = SlotOf(address);
        if (slot >= 0 && this[_order[slot]].End > address)
            address = this[_order[slot]].End;
        for (slot++; slot < _order.Count && this[_order[slot]].Start - address < length; slot++)
            address = this[_order[slot]].End;
        return address <= _max && length <= _max - address;
    }

    internal void Clear()
    {
        foreach (var id in _order)
            Free(id);
        _order.Clear();
        this[Header] = new MapEntry { Start = _max, End = _min };
    }

    internal void CheckConsistency() => ArgumentOutOfRangeException.ThrowIfNegative(Count);

    private int SlotOf(ulong address)
    {
        int low = 0, high = _order.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (this[_order[middle]].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }
}
