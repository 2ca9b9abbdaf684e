// What the map does about the contents of its memory, for a physical map that keeps them in the memory objects.
using Growstack.Memory;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>The managed physical map, which is put in place if there is none.</summary>
    internal Pmap Manage()
    {
        using (_lock.Hold())
        {
            if (!_anonymousObjects)
                throw new InvalidOperationException("The map gives anonymous memory no objects that could hold its pages.");
            if ((_physical ?? (_physical = new Pmap(this))) is Pmap managed)
                return managed;
            throw new InvalidOperationException("Another physical map carries out what the map decides.");
        }
    }

    /// <summary>The entry that contains an address, with a memory object behind it. The lock is held.</summary>
    /// <returns>False if nothing is mapped there, or nothing that can have pages.</returns>
    internal bool TryGetBacked(ulong address, out VmEntry backed)
    {
        backed = default;
        if (!_index.Lookup(address, out var id))
            return false;
        ref var entry = ref _index[id];
        if (entry.Object is null && (entry.Flags & VmEntryFlags.Guard) == 0)
            GiveObjectIfWanted(ref entry);
        backed = Snapshot(id);
        return backed.Object is not null;
    }

    /// <summary>Makes the next write to a part of an object fault, wherever this map maps it. The lock is held.</summary>
    internal void WriteProtect(VmObject obj, ulong offset, ulong bytes)
    {
        foreach (var id in _index.InOrder())
        {
            ref var entry = ref _index[id];
            if (entry.Object != obj)
                continue;
            var (from, to) = (Math.Max(offset, entry.Offset), Math.Min(offset + bytes, entry.Offset + (entry.End - entry.Start)));
            if (from < to)
                _physical?.Protect(entry.Start + (from - entry.Offset), entry.Start + (to - entry.Offset), entry.Protection & ~VmProt.Write);
        }
    }

    /// <summary>MADV_FREE: the contents of what is private become zero. Entries stay as they are, and are not split.</summary>
    private void FreeContents(ulong start, ulong end)
    {
        using var scope = Write();
        Clamp(ref start, ref end);
        start = VmPage.RoundUp(start);
        end = VmPage.RoundDown(end);
        if (!_index.Lookup(start, out var id))
            id = _index.Next(id);
        for (; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if (entry.Object is not { } obj || entry.WiredCount != 0 || (entry.Flags & VmEntryFlags.NeedsCopy) != 0)
                continue;
            var (from, to) = (Math.Max(start, entry.Start), Math.Min(end, entry.End));
            if (from < to && obj.TryFreeContents(System, VmPage.Count(entry.Offset + (from - entry.Start)), VmPage.Count(to - from)))
                _physical?.Invalidate(from, to);
        }
    }
}
