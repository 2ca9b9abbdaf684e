// The few places through which every change of the entries goes: locking for writing, adding, deleting, clipping and merging.
using System.Runtime.CompilerServices;

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
        _index.UnlinkRun(first, count);
        _history?.Close();
        for (var id = first; count > 0; count--)
        {
            var next = _index[id].Link;
            _index.Free(id);
            id = next;
        }
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

    /// <summary>Inserts a piece of a stack that grows down at the upper end of its gap, which becomes so much shorter.</summary>
    /// <param name="gap">The gap.</param>
    /// <param name="start">Where the piece begins, inside the gap.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal KernReturn InsertIntoGap(int gap, ulong start, VmProt prot, VmProt max)
    {
        var end = _index[gap].End;
        ref var entry = ref NewPiece(start, end, prot, max, out var piece);
        entry.Flags = VmEntryFlags.GrowsDown;
        var answer = Admit(ref entry, VmMapFlags.StackGrowsDown, out _);
        if (answer == KernReturn.Success && _history is null)
        {
            _index.Split(gap, start, piece, above: true);
            _size += end - start;
            return answer;
        }
        // The kernel shortens the gap, looks at the place that is free then, and lengthens the gap again if nothing can be mapped there.
        MoveEnd(gap, start);
        _history?.LookUp(start);
        if (answer == KernReturn.Success)
        {
            Link(piece);
        }
        else
        {
            _index.Free(piece);
            MoveEnd(gap, end);
        }
        return answer;
    }

    /// <summary>Inserts a piece of a stack that grows down right below it, where there is room and nothing that it could touch.</summary>
    /// <param name="stack">The stack's lowest piece so far. It is marked as growing, so the new one, which is not, does not merge with it.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="piece">The new piece.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal KernReturn InsertBelow(int stack, ulong start, out int piece)
    {
        ref var above = ref _index[stack];
        ref var entry = ref NewPiece(start, above.Start, above.Protection, above.MaxProtection, out piece);
        var answer = Admit(ref entry, VmMapFlags.None, out _);
        if (answer == KernReturn.Success)
        {
            _index.LinkBelow(piece, stack);
            _size += above.Start - start;
        }
        else
        {
            _index.Free(piece);
        }
        return answer;
    }

    private ref MapEntry NewPiece(ulong start, ulong end, VmProt prot, VmProt max, out int piece)
    {
        piece = _index.Allocate();
        ref var entry = ref _index[piece];
        entry.Start = start;
        entry.End = end;
        entry.Reserve = start;
        entry.Protection = prot;
        entry.MaxProtection = max;
        entry.Inheritance = VmInherit.Copy;
        return ref entry;
    }

    /// <summary>Moves the boundary between a stack and the gap right above it upwards.</summary>
    internal void MoveBoundary(int stack, int gap, ulong address)
    {
        _size += address - _index[stack].End;
        _index.Resize(gap, address, _index[gap].End);
        _index.Resize(stack, _index[stack].Start, address);
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

    /// <summary>Gets everything that a stack needs to grow up in place: its swap, its object, the physical map's consent.</summary>
    /// <returns>Null if it may grow; otherwise the answer.</returns>
    internal KernReturn? TryExtendStack(int id, ulong amount)
    {
        ref var stack = ref _index[id];
        var charged = IsCharged(stack) || stack.Object is { IsCharged: true };
        if (charged && !TryReserveSwap(amount))
            return KernReturn.NoSpace;
        var piece = stack with { Start = stack.End, End = stack.End + amount, Offset = stack.Offset + (stack.End - stack.Start) };
        var answer = EnterPhysical(piece);
        if (answer == KernReturn.Success)
        {
            if (stack.Object is not { } obj || obj.TryExtend(System, stack.Offset, stack.End - stack.Start, amount, charged))
                return null;
            _physical?.Remove(piece.Start, piece.End);
            answer = KernReturn.Failure;
        }
        if (charged)
            ReleaseSwap(amount);
        return answer;
    }

    /// <summary>Splits an entry that begins before an address, merged as far as it goes; the entry keeps the upper part.</summary>
    private void ClipStart(int id, ulong address)
    {
        if (address <= _index[id].Start)
            return;
        Simplify(id);
        PrepareClip(ref _index[id]);
        var front = _index.Allocate();
        ref var upper = ref _index[id];
        ref var lower = ref _index[front];
        lower.Assign(upper);
        upper.Offset += address - upper.Start;
        _index.Split(id, address, front, above: false);
        _history?.Link(front);
        upper.Object?.Reference();
    }

    /// <summary>Splits an entry that ends after an address; the entry keeps the lower part.</summary>
    internal void ClipEnd(int id, ulong address)
    {
        if (address >= _index[id].End)
            return;
        PrepareClip(ref _index[id]);
        var back = _index.Allocate();
        ref var lower = ref _index[id];
        ref var upper = ref _index[back];
        upper.Assign(lower);
        upper.Offset += address - lower.Start;
        _index.Split(id, address, back, above: true);
        _history?.Link(back);
        lower.Object?.Reference();
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
            && a.Flags == b.Flags && a.Protection == b.Protection && a.MaxProtection == b.MaxProtection
            && a.Inheritance == b.Inheritance && a.WiredCount == b.WiredCount;
    }

    /// <summary>A neighbour gives its range, charge and size to the entry it is merged into; only its hold on the object ends.</summary>
    private void DropMerged(int id)
    {
        _index.Unlink(id);
        _index[id].Object?.Release(System);
        _index.Free(id);
    }
}
