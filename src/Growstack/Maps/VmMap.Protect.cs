// Changing what mappings permit: vm_map_protect(9) and vm_map_check_protection(9).
namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>vm_map_protect(9): changes the protection of what is mapped in [start, end), cut to the map. Holes and guards are passed over.</summary>
    /// <param name="start">The first address.</param>
    /// <param name="end">The first address past the range.</param>
    /// <param name="prot">The accesses to permit.</param>
    /// <param name="setMax">Change the maximum protection instead, and the current one to what is left of it.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>, also for a reversed range; <see cref="KernReturn.ProtectionFailure"/>: more than some maximum permits;
    /// <see cref="KernReturn.ResourceShortage"/>: no swap for what becomes writable. A failure may leave entries split, but changes no protection.
    /// </returns>
    public KernReturn Protect(ulong start, ulong end, VmProt prot, bool setMax = false)
    {
        prot &= VmProt.All;
        if (start == end)
            return KernReturn.Success;
        using var scope = Write();
        Clamp(ref start, ref end);
        var first = FirstIn(start);
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if ((entry.Flags & VmEntryFlags.Guard) == 0 && (prot & entry.MaxProtection) != prot)
                return KernReturn.ProtectionFailure;
        }
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ClipEnd(id, end);
            ref var entry = ref _index[id];
            if (!setMax && !TryChargeForWriting(ref entry, prot))
                return KernReturn.ResourceShortage;
        }
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if ((entry.Flags & VmEntryFlags.Guard) != 0)
                continue;
            SetProtection(id, prot, setMax);
            Simplify(id);
        }
        return KernReturn.Success;
    }

    /// <summary>vm_map_check_protection(9): whether all of [start, end) is mapped and permits the accesses.</summary>
    /// <exception cref="ArgumentException">The range leaves the map: the kernel would run past its last entry.</exception>
    public bool CheckProtection(ulong start, ulong end, VmProt prot)
    {
        if (end > Max)
            throw new ArgumentException("The range leaves the map.", nameof(end));
        using (_lock.Hold())
        {
            if (!Locate(start, out var id))
                return false;
            for (; start < end; id = _index.Next(id))
            {
                ref var entry = ref _index[id];
                if (id == EntryIndex.Header || start < entry.Start || (entry.Protection & prot) != prot)
                    return false;
                start = entry.End;
            }
            return true;
        }
    }

    /// <summary>Reserves swap for private memory that becomes writable and was never charged for.</summary>
    private bool TryChargeForWriting(ref MapEntry entry, VmProt prot)
    {
        if ((prot & ~entry.Protection & VmProt.Write) == 0 || (entry.Flags & VmEntryFlags.Guard) != 0 || IsCharged(entry))
            return true;
        if (entry.Object is { } obj && (entry.Flags & VmEntryFlags.NeedsCopy) == 0)
            return obj.TryChargeWhole(System);
        if (!TryReserveSwap(entry.End - entry.Start))
            return false;
        entry.Flags |= VmEntryFlags.Charged;
        return true;
    }

    private void SetProtection(int id, VmProt prot, bool setMax)
    {
        ref var entry = ref _index[id];
        var old = entry.Protection;
        if (setMax)
            entry.MaxProtection = prot;
        _index.SetProtection(id, setMax ? prot & old : prot);
        // A user-wired page must not fault at its first write, so its private copy is made at once.
        if ((entry.Flags & VmEntryFlags.UserWired) != 0 && (entry.Protection & ~old & VmProt.Write) != 0)
            CopyWiredNow(ref entry);
        if (entry.Protection != old)
            _physical?.Protect(entry.Start, entry.End, entry.Protection);
    }

    /// <summary>vm_fault_copy_entry onto the entry itself: what was copy-on-write becomes private memory.</summary>
    private void CopyWiredNow(ref MapEntry entry)
    {
        if ((entry.Flags & VmEntryFlags.NeedsCopy) != 0)
        {
            var (old, offset) = (entry.Object, entry.Offset);
            entry.Object = null;
            entry.Offset = 0;
            GiveObjectIfWanted(ref entry);
            if (old is not null)
            {
                entry.Object?.CopyPages(System, old, offset, entry.End - entry.Start);
                _physical?.Invalidate(entry.Start, entry.End);
                old.Release(System);
            }
        }
        entry.Flags &= ~(VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy);
    }

    /// <summary>Whether swap is reserved for an entry, by itself or through its object.</summary>
    private static bool IsCharged(in MapEntry entry) =>
        (entry.Flags & VmEntryFlags.Charged) != 0
        || (entry.Object is { IsCharged: true } && (entry.Flags & VmEntryFlags.NeedsCopy) == 0);
}
