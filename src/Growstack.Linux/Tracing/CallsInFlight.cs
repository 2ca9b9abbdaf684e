// Memory calls that are in the map and may not have been made yet.
namespace Growstack.Linux.Tracing;

/// <summary>
/// A call that is entered in the map before the kernel makes it is in flight until its thread stops next. Meanwhile the map and the kernel may differ
/// there: nothing else is placed in the range, and nobody takes the kernel's word for it. Touched by the tracer's thread only.
/// </summary>
internal sealed class CallsInFlight
{
    private readonly List<(Tracee Thread, ulong Start, ulong End)> _calls = [];

    internal void Add(Tracee thread, ulong start, ulong end) => _calls.Add((thread, start, end));

    internal void Remove(Tracee thread)
    {
        for (int i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Thread == thread)
                _calls.RemoveAt(i);
        }
    }

    /// <summary>Whether a thread has a call in flight.</summary>
    internal bool Has(Tracee thread)
    {
        foreach (var call in _calls)
        {
            if (call.Thread == thread)
                return true;
        }

        return false;
    }

    /// <summary>Whether a call is in flight in any part of a range.</summary>
    internal bool Touch(ulong start, ulong end)
    {
        foreach (var call in _calls)
        {
            if (call.Start < end && call.End > start)
                return true;
        }

        return false;
    }

    /// <summary>The first border of a call in flight behind an address, or the given end.</summary>
    internal ulong NextBorder(ulong at, ulong end)
    {
        foreach (var call in _calls)
        {
            if (call.Start > at)
                end = Math.Min(end, call.Start);
            else if (call.End > at)
                end = Math.Min(end, call.End);
        }

        return end;
    }
}
