// The pages of memory objects: found through the chain of shadows, made, copied and moved along it, dropped.
using System.Diagnostics.CodeAnalysis;

using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    // Guarded by Gate: the pages that exist, by their index in this object; null: none ever did. A page belongs to one object at a time.
    private Dictionary<ulong, byte[]>? _resident;

    // Guarded by Gate: the pages that were written to through shared mappings since they were last put back, and who may have written; only of objects with a pager.
    private HashSet<(ulong Index, Pmap Writer)>? _dirty;

    /// <summary>Where the contents of a <see cref="VmObjectKind.Vnode"/> object come from; null: they are zero at first.</summary>
    public IVmPager? Pager { get; init; }

    /// <summary>How many pages of the object exist; those that it shadows do not count.</summary>
    public int ResidentPages
    {
        get { lock (Gate) return _resident?.Count ?? 0; }
    }

    /// <summary>Whether the object shadows another one.</summary>
    internal bool HasBacking
    {
        get { lock (Gate) return _backing is not null; }
    }

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

    /// <summary>Who may have written to pages in [first, first + count) since they were put back.</summary>
    internal Pmap[] WritersOf(ulong first, ulong count)
    {
        lock (Gate)
            return [.. (_dirty ?? []).Where(d => d.Index - first < count).Select(static d => d.Writer).Distinct()];
    }

    /// <summary>The pages in [first, first + count) that one pmap may have written to. They count as clean from now on: it must not permit writes to them any longer.</summary>
    internal List<(ulong Index, byte[] Page)> TakeDirty(ulong first, ulong count, Pmap writer)
    {
        var pages = new List<(ulong Index, byte[] Page)>();
        lock (Gate)
        {
            _dirty?.RemoveWhere(dirty =>
            {
                if (dirty.Writer != writer || dirty.Index - first >= count)
                    return false;
                pages.Add((dirty.Index, _resident![dirty.Index]));
                return true;
            });
        }
        return pages;
    }

    /// <summary>A page may be written to from now on, or still has to be put back.</summary>
    internal void MarkDirty(ulong index, Pmap writer)
    {
        lock (Gate)
            (_dirty ??= []).Add((index, writer));
    }

    /// <summary>Copies the contents seen through another object at an offset into this new one, vm_fault_copy_entry. What is not resident there is zero here.</summary>
    internal void CopyPages(VmSystem system, VmObject source, ulong offset, ulong bytes)
    {
        lock (Gate)
        {
            if (!source.IsAnythingResident())
                return;
            var first = offset / VmPage.Size;
            for (ulong i = 0; i < VmPage.Count(bytes); i++)
            {
                if (!source.TryFindResident(first + i, out var page, out _, out _))
                    continue;
                system.CountPage();
                AddPage(i, Copy(page));
            }
        }
    }

    /// <summary>Makes the contents of pages zero, if they are private to the one entry that maps them.</summary>
    /// <returns>Whether it was done; if not, they stay.</returns>
    internal bool TryFreeContents(VmSystem system, ulong first, ulong count)
    {
        lock (Gate)
        {
            if (Kind != VmObjectKind.Anonymous || !_oneMapping)
                return false;
            if (_backing is null)
            {
                DropPages(system, first, count);
                return true;
            }
            // Without a page of its own the object would show what it shadows.
            foreach (var (index, page) in _resident ?? [])
            {
                if (index - first < count)
                    Array.Clear(page);
            }
            return false;
        }
    }

    /// <summary>Whether a page may be the one that is seen at an index through this object; for checks.</summary>
    /// <param name="index">The index.</param>
    /// <param name="page">The page.</param>
    /// <param name="orBehind">Whether it may also be one that another page has come before since: what somebody else wrote to this object meanwhile.</param>
    /// <param name="isOwn">Whether it is this object's.</param>
    internal bool Shows(ulong index, byte[] page, bool orBehind, out bool isOwn)
    {
        lock (Gate)
        {
            var start = this;
            while (true)
            {
                if (!start.TryFindResident(index, out var resident, out var holder, out var at))
                {
                    isOwn = false;
                    return false;
                }
                isOwn = holder == this;
                if (resident == page || !orBehind)
                    return resident == page;
                if (holder._backing is not { } next)
                    return false;
                (start, index) = (next, at + VmPage.Count(holder._backingOffset));
            }
        }
    }

    private bool IsAnythingResident()
    {
        for (var obj = this; obj is not null; obj = obj._backing)
        {
            if (obj._resident is { Count: > 0 })
                return true;
        }
        return false;
    }

    /// <summary>Looks a page up in this object, then in those that it shadows.</summary>
    /// <param name="index">The index in this object.</param>
    /// <param name="page">The page, if it exists.</param>
    /// <param name="holder">The object that has it, or the last of the chain.</param>
    /// <param name="at">The index there.</param>
    private bool TryFindResident(ulong index, [NotNullWhen(true)] out byte[]? page, out VmObject holder, out ulong at)
    {
        (holder, at) = (this, index);
        while (true)
        {
            page = null;
            if (at < holder.Pages && holder._resident?.TryGetValue(at, out page) == true)
                return true;
            if (holder._backing is not { } next)
                return false;
            at += VmPage.Count(holder._backingOffset);
            holder = next;
        }
    }

    private void AddPage(ulong index, byte[] page) => (_resident ??= []).Add(index, page);

    /// <summary>Drops the pages in [first, first + count), which nobody can reach any longer.</summary>
    private void DropPages(VmSystem system, ulong first, ulong count)
    {
        if (_resident is not { Count: > 0 } pages)
            return;
        var before = pages.Count;
        if (count < (ulong)pages.Count)
        {
            for (ulong i = 0; i < count; i++)
                pages.Remove(first + i);
        }
        else
        {
            foreach (var (index, _) in pages)
            {
                if (index - first < count)
                    pages.Remove(index);
            }
        }
        system.UncountPages((ulong)(before - pages.Count));
    }

    /// <summary>The pages of another object from an index on, as many as this one has room for, become this one's.</summary>
    private void MovePages(VmObject source, ulong first)
    {
        if (source._resident is not { Count: > 0 } pages)
            return;
        foreach (var (index, page) in pages)
        {
            if (index - first >= Pages)
                continue;
            AddPage(index - first, page);
            pages.Remove(index);
        }
    }

    /// <summary>Whether the object that this one shadows can be left out of the chain; takes over its pages if nobody else holds it.</summary>
    private bool TryTakePages(VmSystem system, VmObject backing)
    {
        if (backing._resident is not { Count: > 0 } pages)
            return true;
        var first = VmPage.Count(_backingOffset);
        if (backing._references > 1)
        {
            foreach (var (index, _) in pages)
            {
                if (index - first < Pages && _resident?.ContainsKey(index - first) != true)
                    return false;
            }
            return true;
        }
        if (first == 0 && backing.Pages <= Pages && pages.Count > (_resident?.Count ?? 0))
        {
            // The fewer pages move.
            (_resident, backing._resident) = (pages, _resident);
            foreach (var (index, page) in backing._resident ?? [])
            {
                if (!pages.TryAdd(index, page))
                {
                    pages[index] = page;
                    system.UncountPages(1);
                }
            }
            backing._resident = null;
            return true;
        }
        foreach (var (index, page) in pages)
        {
            if (index - first >= Pages || !(_resident ??= []).TryAdd(index - first, page))
                system.UncountPages(1);
        }
        backing._resident = null;
        return true;
    }

    private static byte[] Copy(byte[] page)
    {
        var copy = GC.AllocateUninitializedArray<byte>(page.Length);
        page.CopyTo(copy, 0);
        return copy;
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
