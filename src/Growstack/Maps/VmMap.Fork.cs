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
        var counts = new ForkCounts(parent);
        var areAlike = true;
        for (var slab = 0; slab < _index.SlabCount; slab++)
            areAlike &= MendSimple(child._index.Slab(slab), ref counts);
        if (!areAlike)
            CopyOthers(child, ref counts);
        if (child._history is { } history)
        {
            foreach (var id in child._index.InOrder())
                history.Link(id);
        }
        child._size = counts.Size;
        (space.StackPages, space.DataPages, space.TextPages) = (counts.Stack, counts.Data, counts.Text);
        charge = counts.Charge;
        return space;
    }

    /// <summary>Mends the copies of anonymous memory and guards, in whatever order they lie in memory: of them a child gets just what there is.</summary>
    /// <returns>Whether these were all.</returns>
    private static bool MendSimple(Span<MapEntry> copies, ref ForkCounts counts)
    {
        var areAll = true;
        foreach (ref var copy in copies)
        {
            if (copy.Start >= copy.End)
                continue;
            if (!IsSimple(copy))
            {
                areAll = false;
                continue;
            }
            copy.Flags &= ~(VmEntryFlags.UserWired | VmEntryFlags.InTransition | VmEntryFlags.WriteCount);
            copy.Offset = 0;
            if ((copy.Flags & VmEntryFlags.Charged) != 0)
                counts.Charge += copy.End - copy.Start;
            counts.Add(copy);
        }
        return areAll;
    }

    private static bool IsSimple(in MapEntry entry) =>
        entry.Object is null && entry.WiredCount == 0
        && (entry.Inheritance == VmInherit.Copy || ((entry.Flags & VmEntryFlags.Guard) != 0 && entry.Inheritance != VmInherit.None));

    /// <summary>In address order, what depends on wiring, objects and inheritance.</summary>
    private void CopyOthers(VmMap child, ref ForkCounts counts)
    {
        foreach (var id in _index.InOrder())
        {
            ref var entry = ref _index[id];
            if (IsSimple(entry))
                continue;
            ref var copy = ref child._index[id];
            if (entry.Inheritance == VmInherit.None)
            {
                child._index.Unlink(id);
                child._index.Free(id);
                continue;
            }
            if (entry.Inheritance == VmInherit.Share)
                ShareEntry(ref entry);
            copy.Assign(entry);
            copy.Flags &= ~(VmEntryFlags.UserWired | VmEntryFlags.InTransition);
            copy.WiredCount = 0;
            if (entry.Inheritance == VmInherit.Copy)
                CopyEntry(ref entry, ref copy, ref counts.Charge);
            else if (entry.Inheritance == VmInherit.Zero)
                ZeroEntry(ref copy, ref counts.Charge);
            counts.Add(copy);
        }
    }

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
        // What either writes the other must see, also in place of pages that lie behind the object now.
        if (obj.HasBacking)
            _physical?.Invalidate(entry.Start, entry.End);
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
            CopyWired(entry, ref copy, ref charge);
            return;
        }
        var size = entry.End - entry.Start;
        if (entry.Object is null)
        {
            // Wired, but never to be written to.
            copy.Flags |= entry.Flags & VmEntryFlags.Charged;
            charge += (entry.Flags & VmEntryFlags.Charged) != 0 ? size : 0;
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
    private void CopyWired(in MapEntry entry, ref MapEntry copy, ref ulong charge)
    {
        var size = copy.End - copy.Start;
        copy.Flags = (copy.Flags & ~VmEntryFlags.VnExec) | VmEntryFlags.Charged;
        charge += size;
        GiveObjectIfWanted(ref copy);
        if (entry.Object is { } source)
            copy.Object?.CopyPages(System, source, entry.Offset, size);
    }

    private static void ZeroEntry(ref MapEntry copy, ref ulong charge)
    {
        copy.Flags = (copy.Flags & ~(VmEntryFlags.WriteCount | VmEntryFlags.VnExec)) | VmEntryFlags.Charged;
        copy.Object = null;
        copy.Offset = 0;
        charge += copy.End - copy.Start;
    }
}
