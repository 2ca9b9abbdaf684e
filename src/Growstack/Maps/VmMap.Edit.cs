// The few places through which every change of the entries goes: locking for writing, adding, deleting, clipping and merging.
namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>Holds the map's lock for an operation that may change entries. Every write happens inside such a scope.</summary>
    internal WriteScope Write() => new(this);

    /// <summary>The map's lock, held for writing, and look-ups without it held off. May be nested.</summary>
    internal readonly ref struct WriteScope
    {
        private readonly VmMap _map;
        private readonly BiasedLock.Bias? _bias;

        internal WriteScope(VmMap map)
        {
            _map = map;
            _bias = map._lock.Enter();
            map.BeginWrite(_bias?.Thread ?? Environment.CurrentManagedThreadId);
        }

        internal void Dispose()
        {
            _map.EndWrite();
            _map._lock.Exit(_bias);
        }
    }

    private bool TryReserveSwap(ulong bytes) => System.TryReserveSwap(bytes, _writer);

    private void ReleaseSwap(ulong bytes) => System.ReleaseSwap(bytes, _writer);

    /// <summary>vm_map_entry_delete: takes an entry out, with its charge and its hold on its object.</summary>
    internal void DeleteEntry(int id)
    {
        ulong swap = 0;
        RemovePhysical(_index[id]);
        ReleaseHoldings(_index[id], ref swap);
        ReleaseSwap(swap);
        DropRun(id, 1);
    }

    /// <summary>Nobody may reach an entry's memory any longer: said before the entry lets go of it, as others may get it then.</summary>
    private void RemovePhysical(in MapEntry entry)
    {
        if (_physical is not null && (entry.Flags & VmEntryFlags.Guard) == 0)
            _physical.Remove(entry.Start, entry.End);
    }

    /// <summary>An entry is about to go: so do its share of the map's size and its hold on its object. The swap that it held is added up for the caller to release.</summary>
    private void ReleaseHoldings(in MapEntry entry, ref ulong swap)
    {
        var size = entry.End - entry.Start;
        if ((entry.Flags & VmEntryFlags.Guard) == 0)
            _size -= size;
        if ((entry.Flags & VmEntryFlags.Charged) != 0)
            swap += size;
        if (entry.Object is { } obj)
        {
            obj.Trim(System, entry.Offset, size);
            obj.Release(System);
        }
    }

    /// <summary>Takes neighbouring entries that hold nothing any more out of the map.</summary>
    private void DropRun(int first, int count)
    {
        _history?.OpenToUnlink(first);
        _index.RemoveRun(first, count);
        _history?.Close();
    }

    /// <summary>Moves the end of an entry.</summary>
    internal void MoveEnd(int id, ulong end)
    {
        ref var entry = ref _index[id];
        if ((entry.Flags & VmEntryFlags.Guard) == 0)
            _size += end - entry.End;
        _history?.OpenToResize(id);
        _index.Resize(id, entry.Start, end);
        _history?.Close();
    }

    /// <summary>Puts a new entry in; its range must be free. Guards do not count in the map's size.</summary>
    private void Link(int id)
    {
        _index.Link(id);
        _history?.Link(id);
        ref var entry = ref _index[id];
        if ((entry.Flags & VmEntryFlags.Guard) == 0)
            _size += entry.End - entry.Start;
    }

    /// <summary>Splits an entry that begins before an address, merged as far as it goes; the entry keeps the upper part.</summary>
    private void ClipStart(int id, ulong address)
    {
        if (address <= _index[id].Start)
            return;
        Simplify(id);
        SplitEntry(id, address, above: false);
    }

    /// <summary>Splits an entry that ends after an address; the entry keeps the lower part.</summary>
    internal void ClipEnd(int id, ulong address)
    {
        if (address < _index[id].End)
            SplitEntry(id, address, above: true);
    }

    /// <summary>Splits an entry inside; a new one takes over the upper or the lower part.</summary>
    private void SplitEntry(int id, ulong address, bool above)
    {
        PrepareClip(ref _index[id]);
        ref var part = ref _index.Allocate(out var other);
        ref var entry = ref _index[id];
        part.Assign(entry);
        (above ? ref part : ref entry).Offset += address - entry.Start;
        _index.Split(id, address, other, above);
        _history?.Link(other);
        entry.Object?.Reference();
    }

    /// <summary>Before a split: the halves get one common object and charge.</summary>
    private void PrepareClip(ref MapEntry entry)
    {
        if ((entry.Flags & VmEntryFlags.Guard) != 0)
            return;
        if (entry.Object is null)
            GiveObjectIfWanted(ref entry);
        else if ((entry.Flags & (VmEntryFlags.NeedsCopy | VmEntryFlags.Charged)) == VmEntryFlags.Charged)
            MoveCharge(ref entry, entry.Object);
    }

    /// <summary>An anonymous entry that is split or touched gets a memory object, unless the map does without.</summary>
    private void GiveObjectIfWanted(ref MapEntry entry)
    {
        if (_anonymousObjects)
            GiveObject(ref entry);
    }

    /// <summary>An anonymous entry gets a memory object of its own, which takes over its charge.</summary>
    private static void GiveObject(ref MapEntry entry)
    {
        entry.Object = VmObject.ForEntry(entry.End - entry.Start);
        entry.Offset = 0;
        if ((entry.Flags & VmEntryFlags.Charged) != 0)
            MoveCharge(ref entry, entry.Object);
    }

    private static void MoveCharge(ref MapEntry entry, VmObject obj)
    {
        obj.TakeCharge(entry.End - entry.Start);
        entry.Flags &= ~VmEntryFlags.Charged;
    }

    /// <summary>vm_map_simplify_entry: merges an entry with its neighbours where they agree. The entry stays and grows; they go.</summary>
    private void Simplify(int id)
    {
        ref var entry = ref _index[id];
        if ((entry.Flags & _rules.NeverMerge) != 0)
            return;
        _index.FindTouching(id, out var previous, out var next);
        if (AreMergeable(previous, id))
        {
            var (start, offset) = (_index[previous].Start, _index[previous].Offset);
            _history?.OpenToMerge(previous, intoNext: true);
            DropMerged(previous);
            _index.Resize(id, start, entry.End);
            _history?.Close();
            entry.Offset = offset;
        }
        if (AreMergeable(id, next))
        {
            var end = _index[next].End;
            _history?.OpenToMerge(next, intoNext: false);
            DropMerged(next);
            _index.Resize(id, entry.Start, end);
            _history?.Close();
        }
    }

    private bool AreMergeable(int first, int second)
    {
        if (first == EntryIndex.Header || second == EntryIndex.Header)
            return false;
        ref var a = ref _index[first];
        ref var b = ref _index[second];
        return a.End == b.Start && a.Object == b.Object && (a.Object is null || unchecked(a.Offset + (a.End - a.Start)) == b.Offset)
            && a.IsLike(b);
    }

    /// <summary>A neighbour gives its range, charge and size to the entry it is merged into; only its hold on the object ends.</summary>
    private void DropMerged(int id)
    {
        _index.Unlink(id);
        _index[id].Object?.Release(System);
        _index.Free(id);
    }
}
