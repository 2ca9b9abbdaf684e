// Which pages of a map are really wired: the physical map's account, which differs from the entries' wired counts where a wired stack grew in place.
namespace Growstack.Maps;

/// <summary>A set of addresses whose memory is wired. Guarded by the map's lock.</summary>
internal sealed class WiredPages
{
    // Disjoint, not touching, in address order.
    private readonly List<(ulong Start, ulong End)> _ranges = [];
    private ulong _bytes;

    /// <summary>How many pages are wired.</summary>
    internal ulong Pages => VmPage.Count(_bytes);

    internal void Add(ulong start, ulong end)
    {
        Remove(start, end);
        var at = FirstEndingAfter(start);
        if (at > 0 && _ranges[at - 1].End == start)
            start = _ranges[--at].Start;
        else
            _ranges.Insert(at, default);
        var last = at + 1;
        if (last < _ranges.Count && _ranges[last].Start == end)
        {
            _bytes += end - start - (_ranges[at].End - _ranges[at].Start);
            end = _ranges[last].End;
            _ranges.RemoveAt(last);
            _ranges[at] = (start, end);
            return;
        }
        _bytes += end - start - (_ranges[at].End - _ranges[at].Start);
        _ranges[at] = (start, end);
    }

    internal void Remove(ulong start, ulong end)
    {
        var at = FirstEndingAfter(start);
        while (at < _ranges.Count && _ranges[at].Start < end)
        {
            var (first, last) = _ranges[at];
            _ranges.RemoveAt(at);
            _bytes -= Math.Min(last, end) - Math.Max(first, start);
            if (first < start)
                _ranges.Insert(at++, (first, start));
            if (last > end)
                _ranges.Insert(at++, (end, last));
        }
    }

    private int FirstEndingAfter(ulong address)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End > address)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
