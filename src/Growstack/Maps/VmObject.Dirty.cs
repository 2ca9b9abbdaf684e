// The pages of an object that its pager is to put back, and who wrote to them.
using Growstack.Memory;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    // Guarded by Gate: the pages that were written to through shared mappings since they were last put back, and who may have written; only of objects with a pager.
    private HashSet<(ulong Index, Pmap Writer)>? _dirty;

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
}
