// The model's search for room, and its forks.
using Growstack.Maps;

namespace Growstack.Tests.Model;

internal sealed partial class MapModel
{
    /// <summary>Where release 12 places the next anonymous mapping without a wish; zero: nowhere special.</summary>
    internal ulong AnonymousHint { get; private set; }

    /// <summary>Maps a length at the first room from an address on, or there and nowhere else.</summary>
    internal KernReturn Find(ref ulong address, ulong length, ulong limit, bool anywhere, ModelEntry kind)
    {
        var clusters = _hasGaps && anywhere && limit == 0 && address == 0 && kind.Object is null && kind.Prot != VmProt.None
            && kind.Inheritance != VmInherit.Share;
        ulong? place = anywhere ? null : address;
        if (clusters && AnonymousHint != 0)
            place = FindSpace(AnonymousHint, length);
        place ??= FindSpace(address, length);
        if (place is not { } start || (anywhere && limit != 0 && start + length > limit))
            return KernReturn.NoSpace;
        var answer = Insert(start, start + length, kind);
        if (answer != KernReturn.Success)
            return answer;
        address = start;
        if (clusters)
            AnonymousHint = start + length;
        return answer;
    }

    /// <summary>As <see cref="Find"/>, and if there is no room, again from a lower address.</summary>
    internal KernReturn FindMin(ref ulong address, ulong length, ulong lower, ModelEntry kind)
    {
        var answer = Find(ref address, length, 0, true, kind);
        if (answer == KernReturn.Success || lower >= address)
            return answer;
        address = lower;
        return Find(ref address, length, 0, true, kind);
    }

    /// <summary>Whether a fork would give an entry a memory object, which the model cannot.</summary>
    internal bool SharesAnonymous => Entries.Exists(static e => e.Inheritance == VmInherit.Share && !e.IsGuard && (e.Object is null || e.Has(VmEntryFlags.NeedsCopy)));

    /// <summary>A child's map; the parent's private mappings of files must be copied at the next write from now on.</summary>
    internal MapModel Fork(out ulong charge)
    {
        charge = 0;
        var child = new MapModel(release, min, max, stackGrowth, guard) { AnonymousHint = AnonymousHint };
        foreach (var entry in Entries)
        {
            var inheritance = entry.IsGuard && entry.Inheritance != VmInherit.None ? VmInherit.Copy : entry.Inheritance;
            if (inheritance == VmInherit.None)
                continue;
            var copy = entry.Copy();
            copy.Flags &= ~VmEntryFlags.UserWired;
            copy.Wired = 0;
            if (inheritance == VmInherit.Zero || (inheritance == VmInherit.Copy && entry.Wired != 0 && (entry.Prot & VmProt.Write) != 0))
            {
                (copy.Object, copy.Offset) = (null, 0);
                copy.Flags |= VmEntryFlags.Charged;
            }
            else if (inheritance == VmInherit.Copy && entry.Object is not null)
            {
                entry.Flags |= VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy;
                copy.Flags |= VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy;
            }
            if (copy.Has(VmEntryFlags.Charged) && inheritance != VmInherit.Share)
                charge += copy.End - copy.Start;
            child.Entries.Add(copy);
            if (copy.Has(Grows))
                child.StackPages += (copy.End - copy.Start) / VmPage.Size;
        }
        return child;
    }
}
