// Remembers the bounds of the program's latest mappings, which the map itself forgets when it merges neighbours.
namespace Growstack.Linux.Tracing;

/// <summary>The latest private anonymous mappings that the program made readable and writable at once. Touched by the tracer's thread only.</summary>
internal sealed class RecentMappings
{
    /// <summary>A stack is given to a thread soon after it was mapped.</summary>
    private const int Kept = 64;

    private readonly (ulong Start, ulong End)[] _ranges = new (ulong, ulong)[Kept];
    private int _next;

    internal void Note(ulong start, ulong end)
    {
        _ranges[_next] = (start, end);
        _next = (_next + 1) % Kept;
    }

    /// <summary>What touches a range is not as it was mapped any more.</summary>
    internal void Forget(ulong start, ulong end)
    {
        foreach (ref var range in _ranges.AsSpan())
        {
            if (range.Start < end && range.End > start)
                range = default;
        }
    }

    /// <summary>The latest of them that has an address.</summary>
    internal (ulong Start, ulong End)? Find(ulong address)
    {
        for (int back = 1; back <= Kept; back++)
        {
            var range = _ranges[(_next + Kept - back) % Kept];
            if (address >= range.Start && address < range.End)
                return range;
        }

        return null;
    }
}
