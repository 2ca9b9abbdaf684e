// The pages that memory objects hold: found through the chain of shadows, copied and moved along it, dropped.
using System.Diagnostics.CodeAnalysis;

using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    // Guarded by Gate: the pages that exist, by their index in this object; null: none ever did. A page belongs to one object at a time.
    private Dictionary<ulong, byte[]>? _resident;

    /// <summary>How many pages of the object exist; those that it shadows do not count.</summary>
    public int ResidentPages
    {
        get { lock (Gate) return _resident?.Count ?? 0; }
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
