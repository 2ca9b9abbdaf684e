// Which pages of a map are really wired: the physical map's account, which differs from the entries' wired counts where a wired stack grew in place.
namespace Growstack.Maps;

/// <summary>A set of addresses whose memory is wired. Guarded by the map's lock.</summary>
internal struct WiredPages
{
    // Disjoint, not touching, in address order; null: nothing was ever wired, as in most maps.
    private List<(ulong Start, ulong End)>? _list;
    private ulong _bytes;

    /// <summary>How many pages are wired.</summary>
    internal readonly ulong Pages => VmPage.Count(_bytes);

    internal void Add(ulong start, ulong end)
    {
        Remove(start, end);
        var ranges = _list ??= [];
        var at = FirstEndingAfter(ranges, start);
        if (at > 0 && ranges[at - 1].End == start)
            start = ranges[--at].Start;
        else
            ranges.Insert(at, default);
        var last = at + 1;
        if (last < ranges.Count && ranges[last].Start == end)
        {
            _bytes += end - start - (ranges[at].End - ranges[at].Start);
            end = ranges[last].End;
            ranges.RemoveAt(last);
            ranges[at] = (start, end);
            return;
        }
        _bytes += end - start - (ranges[at].End - ranges[at].Start);
        ranges[at] = (start, end);
    }

    internal void Remove(ulong start, ulong end)
    {
        if (_list is not { } ranges)
            return;
        var at = FirstEndingAfter(ranges, start);
        while (at < ranges.Count && ranges[at].Start < end)
        {
            var (first, last) = ranges[at];
            ranges.RemoveAt(at);
            _bytes -= Math.Min(last, end) - Math.Max(first, start);
            if (first < start)
                ranges.Insert(at++, (first, start));
            if (last > end)
                ranges.Insert(at++, (end, last));
        }
    }

    private static int FirstEndingAfter(List<(ulong Start, ulong End)> ranges, ulong address)
    {
        int low = 0, high = ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].End > address)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
