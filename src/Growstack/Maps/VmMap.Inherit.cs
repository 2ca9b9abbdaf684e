// What else can be said of a range: vm_map_inherit(9), vm_map_madvise(9), vm_map_sync(9), vm_map_simplify_entry(9).
namespace Growstack.Maps;

/// <summary>Advice about a range, madvise(2).</summary>
public enum VmAdvice
{
    /// <summary>MADV_NORMAL: no special treatment.</summary>
    Normal,

    /// <summary>MADV_RANDOM: accesses follow no order.</summary>
    Random,

    /// <summary>MADV_SEQUENTIAL: accesses go upwards.</summary>
    Sequential,

    /// <summary>MADV_WILLNEED: pages are needed soon; the map stays as it is.</summary>
    WillNeed,

    /// <summary>MADV_DONTNEED: pages are not needed soon; the map and the contents stay as they are.</summary>
    DontNeed,

    /// <summary>
    /// MADV_FREE: the contents are not needed any longer; the map stays as it is. Resident pages of private anonymous memory become zero; where the memory is
    /// wired, shared, or still to be copied after a fork, the contents stay.
    /// </summary>
    Free,

    /// <summary>MADV_NOSYNC: the syncer leaves dirty pages alone.</summary>
    NoSync,

    /// <summary>MADV_AUTOSYNC: undoes <see cref="NoSync"/>.</summary>
    AutoSync,

    /// <summary>MADV_NOCORE: leave out of core dumps.</summary>
    NoCore,

    /// <summary>MADV_CORE: undoes <see cref="NoCore"/>.</summary>
    Core,
}

public sealed partial class VmMap
{
    /// <summary>vm_map_inherit(9): what a child gets of [start, end), cut to the map. Zero is ignored on guards.</summary>
    /// <returns>
    /// <see cref="KernReturn.Success"/>, also for a reversed range, which only splits the entry at its end; <see cref="KernReturn.InvalidArgument"/>: no such inheritance
    /// (release 10 has no zero).
    /// </returns>
    public KernReturn Inherit(ulong start, ulong end, VmInherit inheritance)
    {
        if (inheritance > (_rules.InheritZero ? VmInherit.Zero : VmInherit.None))
            return KernReturn.InvalidArgument;
        if (start == end)
            return KernReturn.Success;
        using var scope = Write();
        Clamp(ref start, ref end);
        for (var id = FirstIn(start); IsBelow(id, end); id = _index.Next(id))
        {
            ClipEnd(id, end);
            ref var entry = ref _index[id];
            if ((entry.Flags & VmEntryFlags.Guard) == 0 || inheritance != VmInherit.Zero)
                entry.Inheritance = inheritance;
            Simplify(id);
        }
        return KernReturn.Success;
    }

    /// <summary>vm_map_madvise(9): remembers advice about [start, end), cut to the map, as far as it concerns entries.</summary>
    /// <returns>Whether the advice is known.</returns>
    public bool Advise(ulong start, ulong end, VmAdvice advice)
    {
        var (clear, set) = advice switch
        {
            VmAdvice.Normal => (VmEntryFlags.Sequential | VmEntryFlags.Random, VmEntryFlags.None),
            VmAdvice.Random => (VmEntryFlags.Sequential, VmEntryFlags.Random),
            VmAdvice.Sequential => (VmEntryFlags.Random, VmEntryFlags.Sequential),
            VmAdvice.NoSync => (VmEntryFlags.None, VmEntryFlags.NoSync),
            VmAdvice.AutoSync => (VmEntryFlags.NoSync, VmEntryFlags.None),
            VmAdvice.NoCore => (VmEntryFlags.None, VmEntryFlags.NoCoreDump),
            VmAdvice.Core => (VmEntryFlags.NoCoreDump, VmEntryFlags.None),
            _ => (VmEntryFlags.None, VmEntryFlags.None),
        };
        if (advice == VmAdvice.Free)
            FreeContents(start, end);
        if ((clear | set) == 0)
            return advice is VmAdvice.WillNeed or VmAdvice.DontNeed or VmAdvice.Free;
        if (start == end)
            return true;
        using var scope = Write();
        Clamp(ref start, ref end);
        for (var id = FirstIn(start); IsBelow(id, end); id = _index.Next(id))
        {
            ClipEnd(id, end);
            ref var entry = ref _index[id];
            entry.Flags = (entry.Flags & ~clear) | set;
            Simplify(id);
        }
        return true;
    }

    /// <summary>vm_map_sync(9): checks that all of [start, end), cut to the map, is mapped. An empty range means the whole entry at its start.</summary>
    /// <param name="start">The first address.</param>
    /// <param name="end">The first address past the range.</param>
    /// <param name="invalidate">Whether the pages shall be thrown away.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>: a hole; <see cref="KernReturn.InvalidArgument"/>: user-wired memory was to
    /// be thrown away.
    /// </returns>
    public KernReturn Sync(ulong start, ulong end, bool invalidate)
    {
        using (_lock.Hold())
        {
            Clamp(ref start, ref end);
            if (!Locate(start, out var id))
                return KernReturn.InvalidAddress;
            if (start == end)
                end = _index[id].End;
            for (; IsBelow(id, end); id = _index.Next(id))
            {
                ref var entry = ref _index[id];
                if (invalidate && (entry.Flags & VmEntryFlags.UserWired) != 0)
                    return KernReturn.InvalidArgument;
                if (end > entry.End && entry.End != _index[_index.Next(id)].Start)
                    return KernReturn.InvalidAddress;
            }
            return KernReturn.Success;
        }
    }

    /// <summary>vm_map_simplify_entry(9): merges the entry that contains an address with its neighbours where they agree.</summary>
    /// <returns>Whether there is an entry.</returns>
    public bool SimplifyEntry(ulong address)
    {
        using var scope = Write();
        if (!Locate(address, out var id))
            return false;
        Simplify(id);
        return true;
    }
}
