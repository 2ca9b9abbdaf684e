// Inserting mappings: vm_map_insert(9) and vm_map_fixed(9).
using System.Runtime.CompilerServices;

using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    internal const VmMapFlags Orientation = VmMapFlags.StackGrowsDown | VmMapFlags.StackGrowsUp;
    private const VmMapFlags GuardFlags = VmMapFlags.Guard | VmMapFlags.GapDown | VmMapFlags.GapUp | VmMapFlags.CheckExcl;

    /// <summary>vm_map_insert(9): maps [start, end) to an object.</summary>
    /// <param name="obj">The object; null for anonymous memory. The map takes a reference of its own.</param>
    /// <param name="offset">Where the mapping begins in the object, in bytes.</param>
    /// <param name="start">The first address.</param>
    /// <param name="end">The first address past the range.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    /// <param name="cow">What kind of mapping.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>: the range is empty, reversed, or leaves the map;
    /// <see cref="KernReturn.NoSpace"/>: something is mapped there; <see cref="KernReturn.InvalidArgument"/>: a guard with an object or a maximum
    /// protection; <see cref="KernReturn.ResourceShortage"/>: its swap cannot be reserved; or what the physical map answers.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The kernel would panic: more protection than the maximum (release 12), guards where the release has none, NOFAULT with an object, or a charge for
    /// an object that is charged already.
    /// </exception>
    public KernReturn Insert(VmObject? obj, ulong offset, ulong start, ulong end, VmProt prot, VmProt max, VmMapFlags cow)
    {
        ValidateMapping(obj, prot, max, cow);
        using var scope = Write();
        return InsertLocked(obj, offset, start, end, prot, max, cow, out _);
    }

    /// <summary>vm_map_fixed(9): maps [start, start + length), cut to the map, in place of what is mapped there.</summary>
    /// <param name="obj">The object; null for anonymous memory.</param>
    /// <param name="offset">Where the mapping begins in the object, in bytes.</param>
    /// <param name="start">The first address.</param>
    /// <param name="length">The length in bytes.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    /// <param name="cow">What kind of mapping; with <see cref="VmMapFlags.CheckExcl"/> nothing is replaced; may be a stack (release 12).</param>
    /// <param name="current">Whose <see cref="VmProcess.StackGapDisabled"/> counts if it is a stack; null: nobody's.</param>
    /// <returns>As <see cref="Insert"/>, or of a stack as <see cref="MapStack"/>; what was mapped is gone also if that fails.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Insert"/>; or a stack with an object.</exception>
    /// <exception cref="InvalidOperationException">The range holds memory wired by the system: the kernel would sleep.</exception>
    public KernReturn Fixed(
        VmObject? obj, ulong offset, ulong start, ulong length, VmProt prot, VmProt max, VmMapFlags cow, VmProcess? current = null)
    {
        ValidateMapping(obj, prot, max, cow);
        ValidateStackPlacing(obj, cow);
        var end = unchecked(start + length);
        var guard = System.GuardBytesFor(current);
        using var scope = Write();
        Clamp(ref start, ref end);
        if ((cow & VmMapFlags.CheckExcl) == 0)
        {
            ThrowIfSystemWired(start, end);
            DeleteLocked(start, end);
        }
        return (cow & Orientation) != 0
            ? _rules.Stacks.Map(this, start, length, guard, prot, max, cow)
            : InsertLocked(obj, offset, start, end, prot, max, cow, out _);
    }

    /// <summary>Inserts a mapping, as <see cref="Insert"/>; the lock is held. Tells also whether it was the physical map that refused.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal KernReturn InsertLocked(
        VmObject? obj, ulong offset, ulong start, ulong end, VmProt prot, VmProt max, VmMapFlags cow, out bool refused)
    {
        refused = false;
        if (start < Min || end > Max || start >= end)
            return KernReturn.InvalidAddress;
        if (!IsFree(start, end, out var before, out var touchesNext))
            return KernReturn.NoSpace;
        if ((cow & VmMapFlags.Guard) != 0 && (obj is not null || max != VmProt.None))
            return KernReturn.InvalidArgument;

        // Written at once where it will stay; if it merges with the entry before, or is not admitted, the place is free again.
        ref var entry = ref _index.Allocate(out var id);
        entry.Start = start;
        entry.End = end;
        if (obj is not null)
            entry.Object = obj;
        entry.Offset = offset;
        entry.Reserve = start;
        entry.Set(EntryFlagsOf(cow), prot, max, (cow & VmMapFlags.InheritShare) != 0 ? VmInherit.Share : VmInherit.Copy);
        var answer = Admit(ref entry, cow, out refused);
        if (answer != KernReturn.Success)
        {
            _index.Free(id);
            return answer;
        }
        var isStack = (cow & Orientation) != 0;
        if (obj is not null)
        {
            obj.ReferenceForMapping();
        }
        else if (before != EntryIndex.Header && TryExtendPrevious(before, ref entry, isStack))
        {
            _index.Free(id);
            return KernReturn.Success;
        }
        Link(id);
        if (!isStack && (touchesNext || before != EntryIndex.Header))
            Simplify(id);
        return KernReturn.Success;
    }

    /// <summary>Gets what a new mapping needs: its swap, and the physical map's consent.</summary>
    /// <param name="entry">The mapping.</param>
    /// <param name="cow">What kind of mapping.</param>
    /// <param name="refused">Whether it was the physical map that refused.</param>
    private KernReturn Admit(ref MapEntry entry, VmMapFlags cow, out bool refused)
    {
        refused = false;
        var size = entry.End - entry.Start;
        var reserves = false;
        if (MustCharge(entry, cow))
        {
            reserves = (cow & VmMapFlags.Charged) == 0;
            if (reserves && !TryReserveSwap(size))
                return KernReturn.ResourceShortage;
            entry.Flags |= VmEntryFlags.Charged;
        }
        if (_physical is null || (cow & VmMapFlags.Guard) != 0)
            return KernReturn.Success;
        var answer = EnterPhysical(entry);
        refused = answer != KernReturn.Success;
        if (refused && reserves)
            ReleaseSwap(size);
        return answer;
    }

    /// <summary>Anonymous memory right behind an entry extends that entry if it is of its kind, or else at least its object.</summary>
    /// <returns>Whether the entry was extended: nothing is left to insert.</returns>
    private bool TryExtendPrevious(int previous, ref MapEntry entry, bool isStack)
    {
        if (isStack && _rules.InsertMarksStacks)
            return false;
        ref var before = ref _index[previous];
        var charged = (entry.Flags & VmEntryFlags.Charged) != 0;
        var ignored = VmEntryFlags.Charged | (_rules.ExtendWired ? VmEntryFlags.UserWired : VmEntryFlags.None);
        if (((before.Flags ^ entry.Flags) & ~ignored) != 0)
            return false;
        if (!_rules.ExtendWired && before.WiredCount != 0)
            return false;
        if (((before.Flags & VmEntryFlags.Charged) != 0) != charged && (before.Object is null || before.Object.IsCharged != charged))
            return false;
        // Where the entry before holds no swap of its own, what was reserved for the new one becomes the object's.
        var reserved = charged && (before.Flags & VmEntryFlags.Charged) == 0;
        if (before.Object is { } shared && !shared.TryExtend(System, before.Offset, before.End - before.Start, entry.End - entry.Start, reserved))
            return false;
        if (before.Inheritance == entry.Inheritance && before.Protection == entry.Protection && before.MaxProtection == entry.MaxProtection
            && before.WiredCount == 0)
        {
            MoveEnd(previous, entry.End);
            if (!isStack)
                Simplify(previous);
            return true;
        }
        // The object was extended, so the new entry must map it.
        entry.Object = before.Object;
        entry.Offset = before.Offset + (before.End - before.Start);
        if (entry.Object is { } obj)
        {
            obj.Reference();
            if (reserved)
                entry.Flags &= ~VmEntryFlags.Charged;
        }
        return false;
    }

    private VmEntryFlags EntryFlagsOf(VmMapFlags cow)
    {
        var flags = VmEntryFlags.None;
        if (cow == VmMapFlags.None)
            return flags;
        if ((cow & VmMapFlags.CopyOnWrite) != 0)
            flags |= VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy;
        Add(VmMapFlags.NoFault, VmEntryFlags.NoFault);
        Add(VmMapFlags.NoSync, VmEntryFlags.NoSync);
        Add(VmMapFlags.NoCoreDump, VmEntryFlags.NoCoreDump);
        if (_rules.InsertMarksStacks)
        {
            Add(VmMapFlags.StackGrowsDown, VmEntryFlags.GrowsDown);
            Add(VmMapFlags.StackGrowsUp, VmEntryFlags.GrowsUp);
        }
        Add(VmMapFlags.WriteCount, VmEntryFlags.WriteCount);
        Add(VmMapFlags.VnExec, VmEntryFlags.VnExec);
        Add(VmMapFlags.Guard, VmEntryFlags.Guard);
        Add(VmMapFlags.GapDown, VmEntryFlags.StackGapDown);
        Add(VmMapFlags.GapUp, VmEntryFlags.StackGapUp);
        return flags;

        void Add(VmMapFlags asked, VmEntryFlags flag)
        {
            if ((cow & asked) != 0)
                flags |= flag;
        }
    }

    /// <summary>Whether swap is reserved for a new mapping: private memory that may be written.</summary>
    private static bool MustCharge(in MapEntry entry, VmMapFlags cow)
    {
        if ((cow & (VmMapFlags.NoCharge | VmMapFlags.NoFault | VmMapFlags.Guard)) != 0)
            return false;
        return (cow & VmMapFlags.Charged) != 0
            || ((entry.Protection & VmProt.Write) != 0 && (entry.Object is null || (entry.Flags & VmEntryFlags.NeedsCopy) != 0));
    }

    /// <summary>Tells the physical map of a piece that is about to be mapped.</summary>
    internal KernReturn EnterPhysical(in MapEntry piece) => _physical?.Enter(Snapshot(piece)) ?? KernReturn.Success;

    /// <summary>Refuses what would make the kernel panic, before anything changes.</summary>
    private void ValidateMapping(VmObject? obj, VmProt prot, VmProt max, VmMapFlags cow)
    {
        if (_rules.ProtectionWithinMaximum && (prot & ~max) != 0)
            throw new ArgumentException($"The protection {prot} is more than the maximum {max}.", nameof(prot));
        if (!_rules.HasGuards && (cow & GuardFlags) != 0)
            throw new ArgumentException($"Release 10 does not know {cow & GuardFlags}.", nameof(cow));
        if (obj is null)
            return;
        if ((cow & VmMapFlags.NoFault) != 0)
            throw new ArgumentException("A mapping that must not fault has no object.", nameof(obj));
        if ((cow & (VmMapFlags.Charged | VmMapFlags.CopyOnWrite | VmMapFlags.NoCharge)) == VmMapFlags.Charged && obj.IsCharged)
            throw new ArgumentException("The object's swap is reserved already.", nameof(cow));
    }

    private void ValidateStackPlacing(VmObject? obj, VmMapFlags cow)
    {
        if ((cow & Orientation) == 0)
            return;
        if (obj is not null)
            throw new ArgumentException("A stack has no object.", nameof(obj));
        _rules.Stacks.Validate(cow);
    }
}
