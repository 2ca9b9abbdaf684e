// The objects' half of a page fault: which page is seen at an index, and how it comes about.
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    /// <summary>Where the contents of a <see cref="VmObjectKind.Vnode"/> object come from; null: they are zero at first.</summary>
    public IVmPager? Pager { get; init; }

    /// <summary>The objects' half of a page fault: finds the page, makes it, or copies it from where it was found.</summary>
    /// <param name="system">Where pages are counted.</param>
    /// <param name="index">The page's index in this object.</param>
    /// <param name="writes">Whether the page is to be written to: then it must be this object's own.</param>
    /// <param name="needsCopy">Whether the entry still needs its private copy, so that nobody writes to this object through it.</param>
    /// <param name="pmap">Where the page is to be entered.</param>
    /// <param name="fault">On success, the page, or which page must be brought in first.</param>
    internal KernReturn FindPage(VmSystem system, ulong index, bool writes, bool needsCopy, Pmap pmap, out ObjectFault fault)
    {
        fault = default;
        lock (Gate)
        {
            if (index >= Pages)
                return KernReturn.OutOfBounds;
            if (!TryFindResident(index, out var page, out var holder, out var at) && holder.Kind == VmObjectKind.Vnode)
            {
                if (at >= holder.Pages)
                    return KernReturn.OutOfBounds;
                if (holder.Pager is not null)
                {
                    holder._references++;
                    fault = new ObjectFault { Missing = holder, MissingIndex = at };
                    return KernReturn.Success;
                }
            }
            // Where several maps write to a shadow, all of them must find the same page: a page behind it would go out of date as soon as one writes.
            if (page is null || (holder != this && (writes || !(needsCopy || _oneMapping))))
            {
                if (!system.TryCountPage())
                    return KernReturn.ResourceShortage;
                page = page is null ? new byte[VmPage.Size] : Copy(page);
                AddPage(index, page);
                holder = this;
            }
            var watched = holder == this && Pager is not null;
            if (watched && writes)
                MarkDirty(index, pmap);
            fault = new ObjectFault { Page = page, IsReadOnly = holder != this || (watched && !writes) };
            return KernReturn.Success;
        }
    }

    /// <summary>Brings in a page that <see cref="FindPage"/> said is missing, and ends its hold on the object. No lock should be held; the pager takes its time.</summary>
    internal KernReturn PageIn(VmSystem system, ulong index)
    {
        var page = new byte[VmPage.Size];
        var found = Pager!.GetPage(index, page);
        lock (Gate)
        {
            var answer = found ? KernReturn.Success : KernReturn.OutOfBounds;
            // Somebody else may have been faster.
            if (found && _resident?.ContainsKey(index) != true)
            {
                if (system.TryCountPage())
                    AddPage(index, page);
                else
                    answer = KernReturn.ResourceShortage;
            }
            ReleaseLocked(system);
            return answer;
        }
    }
}

/// <summary>What <see cref="VmObject.FindPage"/> found.</summary>
internal struct ObjectFault
{
    /// <summary>The page; null: it must be brought in first.</summary>
    internal byte[]? Page;

    /// <summary>Whether a write to it must fault again: it is another object's, or its first write is to be noticed.</summary>
    internal bool IsReadOnly;

    /// <summary>The object whose page is missing, held for the caller.</summary>
    internal VmObject? Missing;

    /// <summary>Which page of it.</summary>
    internal ulong MissingIndex;
}
