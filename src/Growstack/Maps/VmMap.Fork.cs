// What a child gets of a map: vmspace_fork(9).
using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>A copy of the address space for a child; this is the parent's map.</summary>
    /// <param name="parent">The parent's space.</param>
    /// <param name="charge">The swap that the child's entries count on and that is not yet reserved, in bytes.</param>
    internal VmSpace Fork(VmSpace parent, out ulong charge)
    {
        charge = 0;
        using var scope = Write();
        var child = new VmMap(this);
        var space = new VmSpace(child)
        {
            StackFloor = parent.StackFloor,
            UserStack = parent.UserStack,
            DataAddress = parent.DataAddress,
            TextAddress = parent.TextAddress,
        };
        var filler = new EntryIndex.Filler(child._index);
        foreach (var id in _index.InOrder())
        {
            ref var entry = ref _index[id];
            var inheritance = entry.Inheritance;
            if (inheritance == VmInherit.None)
                continue;
            var copied = child._index.Allocate();
            ref var copy = ref child._index[copied];
            if ((entry.Flags & VmEntryFlags.Guard) != 0)
                inheritance = VmInherit.Copy;
            if (inheritance == VmInherit.Share)
                ShareEntry(ref entry);
            copy = entry;
            copy.Flags &= ~(VmEntryFlags.UserWired | VmEntryFlags.InTransition);
            copy.WiredCount = 0;
            if (inheritance == VmInherit.Copy)
                CopyEntry(ref entry, ref copy, ref charge);
            else if (inheritance == VmInherit.Zero)
                ZeroEntry(ref copy, ref charge);
            filler.Add(copied, ref copy);
            child._history?.Link(copied);
            if ((copy.Flags & VmEntryFlags.Guard) == 0)
                child.CountForked(copy, parent, space);
        }
        filler.Finish();
        return space;
    }

    /// <summary>Counts an entry of a child's map, which nobody else knows yet.</summary>
    private void CountForked(in MapEntry entry, VmSpace parent, VmSpace child)
    {
        var size = entry.End - entry.Start;
        _size += size;
        if ((entry.Flags & VmEntry.Grows) != 0)
            child.StackPages += PagesToHold(size);
        else if (Within(entry.Start, parent.DataAddress, parent.DataPages, out var dataEnd))
            child.DataPages += PagesToHold(Math.Min(entry.End, dataEnd) - entry.Start);
        else if (Within(entry.Start, parent.TextAddress, parent.TextPages, out var textEnd))
            child.TextPages += PagesToHold(Math.Min(entry.End, textEnd) - entry.Start);

        static bool Within(ulong address, ulong start, ulong pages, out ulong end)
        {
            end = unchecked(start + (pages * VmPage.Size));
            return address >= start && address < end;
        }
    }

    private static ulong PagesToHold(ulong bytes) => VmPage.Count(VmPage.RoundUp(bytes));

    /// <summary>Parent and child are to map one object: the entry gets one that both can write to. The child's reference is taken.</summary>
    private void ShareEntry(ref MapEntry entry)
    {
        if (entry.Object is null)
            GiveObject(ref entry);
        var obj = entry.Object!;
        obj.Reference();
        if ((entry.Flags & VmEntryFlags.NeedsCopy) != 0)
        {
            // Parent and child write to one private copy, made now. The child's reference is to the copy.
            Shadow(ref entry);
            entry.Object!.Reference();
            obj.Release(System);
            obj = entry.Object;
            entry.Flags &= ~VmEntryFlags.NeedsCopy;
        }
        obj.ClearOneMapping();
        if ((entry.Flags & VmEntryFlags.Charged) != 0)
            MoveCharge(ref entry, obj);
    }

    private void CopyEntry(ref MapEntry entry, ref MapEntry copy, ref ulong charge)
    {
        copy.Flags &= ~(VmEntryFlags.WriteCount | VmEntryFlags.Charged);
        copy.Object = null;
        copy.Offset = 0;
        if (entry.WiredCount != 0 && (entry.Protection & VmProt.Write) != 0)
        {
            CopyWired(ref copy, ref charge);
            return;
        }
        var size = entry.End - entry.Start;
        if (entry.Object is null)
        {
            if ((entry.Flags & VmEntryFlags.Charged) != 0)
            {
                copy.Flags |= VmEntryFlags.Charged;
                charge += size;
            }
            return;
        }
        var charged = IsCharged(entry);
        var obj = entry.Object.ShareForCopy(System, entry.Offset, size);
        if (obj != entry.Object)
        {
            entry.Object = obj;
            entry.Offset = 0;
        }
        var needed = (entry.Flags & VmEntryFlags.NeedsCopy) != 0;
        if ((entry.Flags & VmEntryFlags.Charged) != 0 && !needed)
            MoveCharge(ref entry, obj);
        if (charged)
        {
            copy.Flags |= VmEntryFlags.Charged;
            charge += size;
            if (!needed)
            {
                // The object keeps its charge; what both sides will write to copies is charged anew.
                entry.Flags |= VmEntryFlags.Charged;
                charge += size;
            }
        }
        entry.Flags |= VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy;
        copy.Flags |= VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy;
        copy.Object = obj;
        copy.Offset = entry.Offset;
        if ((entry.Protection & VmProt.Write) != 0 && !needed)
            _physical?.Protect(entry.Start, entry.End, entry.Protection & ~VmProt.Write);
    }

    /// <summary>Writable wired pages are copied at once: the parent must not fault on them.</summary>
    private void CopyWired(ref MapEntry copy, ref ulong charge)
    {
        var size = copy.End - copy.Start;
        copy.Flags = (copy.Flags & ~VmEntryFlags.VnExec) | VmEntryFlags.Charged;
        charge += size;
        GiveObjectIfWanted(ref copy);
    }

    private static void ZeroEntry(ref MapEntry copy, ref ulong charge)
    {
        copy.Flags = (copy.Flags & ~(VmEntryFlags.WriteCount | VmEntryFlags.VnExec)) | VmEntryFlags.Charged;
        copy.Object = null;
        copy.Offset = 0;
        charge += copy.End - copy.Start;
    }
}
