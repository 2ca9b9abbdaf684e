// Keeping memory resident: vm_map_wire(9) and vm_map_unwire(9).
namespace Growstack.Maps;

/// <summary>How to wire or unwire, the kernel's VM_MAP_WIRE_*.</summary>
[Flags]
public enum VmWire
{
    /// <summary>By the system; every entry of the range must be there.</summary>
    System = 0,

    /// <summary>VM_MAP_WIRE_USER: on behalf of the user, as mlock(2); all user wirings together count once.</summary>
    User = 1,

    /// <summary>VM_MAP_WIRE_HOLESOK: pass over holes and what cannot be wired.</summary>
    HolesOk = 2,

    /// <summary>VM_MAP_WIRE_WRITE: only memory that may be written.</summary>
    Write = 4,
}

public sealed partial class VmMap
{
    /// <summary>vm_map_wire(9): makes the pages of [start, end), cut to the map, resident for good.</summary>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>: a hole, or memory without permission to read;
    /// <see cref="KernReturn.ResourceShortage"/>: too many wired pages, or no swap for a private copy; or what the physical map answers. What was wired
    /// before the failure is unwired again. An empty range is a success.
    /// </returns>
    /// <exception cref="ArgumentException">The range is reversed and ends inside an entry: the kernel would panic.</exception>
    public KernReturn Wire(ulong start, ulong end, VmWire how)
    {
        using var scope = Write();
        return WireLocked(start, end, how);
    }

    /// <summary>vm_map_unwire(9): undoes one wiring of [start, end), cut to the map.</summary>
    /// <returns>
    /// <see cref="KernReturn.Success"/>, also where nothing is user-wired; <see cref="KernReturn.InvalidAddress"/>: a hole;
    /// <see cref="KernReturn.InvalidArgument"/>: an entry that the system has not wired. Then nothing is unwired.
    /// </returns>
    /// <exception cref="ArgumentException">The range is reversed and ends inside an entry: the kernel would panic.</exception>
    public KernReturn Unwire(ulong start, ulong end, VmWire how)
    {
        var user = (how & VmWire.User) != 0;
        var holesOk = (how & VmWire.HolesOk) != 0;
        if (start == end)
            return KernReturn.Success;
        using var scope = Write();
        Clamp(ref start, ref end);
        if (!TryFindFirst(start, end, holesOk, out var first))
            return KernReturn.InvalidAddress;
        var answer = KernReturn.Success;
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref BeginTransition(id, start, end);
            if (!holesOk && IsHoleAfter(id, end))
                answer = KernReturn.InvalidAddress;
            else if (!user && SystemWiredCount(entry) == 0)
                answer = KernReturn.InvalidArgument;
            if (answer != KernReturn.Success)
            {
                end = entry.End;
                break;
            }
        }
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if (answer == KernReturn.Success && (!user || (entry.Flags & VmEntryFlags.UserWired) != 0))
            {
                if (entry.WiredCount == 1)
                    UnwireEntry(ref entry);
                else
                    entry.WiredCount--;
                if (user)
                    entry.Flags &= ~VmEntryFlags.UserWired;
            }
            EndTransition(id);
        }
        return answer;
    }

    /// <summary>Wires a range; the lock is held.</summary>
    internal KernReturn WireLocked(ulong start, ulong end, VmWire how)
    {
        var user = (how & VmWire.User) != 0;
        var holesOk = (how & VmWire.HolesOk) != 0;
        var needed = (how & VmWire.Write) != 0 ? VmProt.Write : VmProt.None;
        if (start == end)
            return KernReturn.Success;
        _systemWires |= !user;
        Clamp(ref start, ref end);
        if (!TryFindFirst(start, end, holesOk, out var first))
            return KernReturn.InvalidAddress;
        var answer = KernReturn.Success;
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref BeginTransition(id, start, end);
            if ((entry.Protection & (VmProt.Read | VmProt.Execute)) == 0 || (entry.Protection & needed) != needed)
            {
                entry.Flags |= VmEntryFlags.WireSkipped;
                if (!holesOk)
                    answer = KernReturn.InvalidAddress;
            }
            else if (entry.WiredCount == 0)
            {
                answer = WireEntry(ref entry, user);
            }
            else if (!user || (entry.Flags & VmEntryFlags.UserWired) == 0)
            {
                entry.WiredCount++;
            }
            if (answer == KernReturn.Success && !holesOk && IsHoleAfter(id, end))
                answer = KernReturn.InvalidAddress;
            if (answer != KernReturn.Success)
            {
                end = entry.End;
                break;
            }
        }
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if ((entry.Flags & VmEntryFlags.WireSkipped) == 0)
                FinishWiring(ref entry, answer == KernReturn.Success, user);
            EndTransition(id);
        }
        return answer;
    }

    /// <summary>The entry that contains the start of a range, or the one behind it if that may be a hole.</summary>
    private bool TryFindFirst(ulong start, ulong end, bool holesOk, out int first)
    {
        if (Locate(start, out first))
        {
            if (start == end && _index[first].Start < end)
                throw new ArgumentException("The range is reversed: an entry would be split into nothing.", nameof(end));
            return true;
        }
        first = _index.Next(first);
        return holesOk;
    }

    /// <summary>The wiring of a range has succeeded or failed as a whole: marks the entry, or takes its own wiring back.</summary>
    private void FinishWiring(ref MapEntry entry, bool succeeded, bool user)
    {
        if (succeeded)
        {
            if (user)
                entry.Flags |= VmEntryFlags.UserWired;
        }
        else if (entry.WiredCount < 0)
        {
            entry.WiredCount = 0;
        }
        else if (!user || (entry.Flags & VmEntryFlags.UserWired) == 0)
        {
            if (entry.WiredCount == 1)
            {
                UnwireEntry(ref entry);
                if (user)
                    UncountUserWired(entry);
            }
            else
            {
                entry.WiredCount--;
            }
        }
    }

    /// <summary>Wires an entry that is not: faults its pages in for all the accesses it permits. A failure leaves a wired count of -1.</summary>
    private KernReturn WireEntry(ref MapEntry entry, bool user)
    {
        var pages = VmPage.Count(entry.End - entry.Start);
        var counted = user && _rules.CountsUserWiring;
        if (counted && !System.TryCountUserWired(pages))
        {
            entry.WiredCount = -1;
            return KernReturn.ResourceShortage;
        }
        var failed = entry.Start;
        entry.WiredCount = 1;
        var answer = MakePrivate(ref entry, entry.Protection);
        if (answer == KernReturn.Success)
            answer = _physical?.Wire(entry.Start, entry.End, out failed) ?? KernReturn.Success;
        if (answer == KernReturn.Success)
        {
            _wired.Add(entry.Start, entry.End);
            return answer;
        }
        if (failed > entry.Start)
            _physical?.Unwire(entry.Start, failed);
        if (counted)
            System.UncountUserWired(pages);
        entry.WiredCount = -1;
        return answer;
    }

    /// <summary>The last wiring of an entry ends.</summary>
    private void UnwireEntry(ref MapEntry entry)
    {
        if ((entry.Flags & VmEntryFlags.UserWired) != 0)
            UncountUserWired(entry);
        _wired.Remove(entry.Start, entry.End);
        _physical?.Unwire(entry.Start, entry.End);
        entry.WiredCount = 0;
    }

    private void UncountUserWired(in MapEntry entry)
    {
        if (_rules.CountsUserWiring)
            System.UncountUserWired(VmPage.Count(entry.End - entry.Start));
    }

    /// <summary>Clips an entry to the range and marks it, so that it merges with nobody until the whole range is done.</summary>
    private ref MapEntry BeginTransition(int id, ulong start, ulong end)
    {
        ClipStart(id, start);
        ClipEnd(id, end);
        ref var entry = ref _index[id];
        entry.Flags |= VmEntryFlags.InTransition;
        return ref entry;
    }

    private void EndTransition(int id)
    {
        _index[id].Flags &= ~(VmEntryFlags.InTransition | VmEntryFlags.WireSkipped);
        Simplify(id);
    }

    private bool IsHoleAfter(int id, ulong end) => _index[id].End < end && _index[_index.Next(id)].Start > _index[id].End;

    private bool IsBelow(int id, ulong end) => id != EntryIndex.Header && _index[id].Start < end;

    private static int SystemWiredCount(in MapEntry entry) =>
        entry.WiredCount - ((entry.Flags & VmEntryFlags.UserWired) != 0 ? 1 : 0);
}
