// The stacks of a run as they are at this moment, for another thread to show.
using Growstack.Linux.Explaining;
using Growstack.Linux.Tracing;

namespace Growstack.Linux.Observing;

/// <summary>One stack as it is at this moment. Sizes are in bytes.</summary>
/// <param name="Pid">The process.</param>
/// <param name="ThreadId">The thread that runs on it; for a main stack the process id.</param>
/// <param name="Name">The thread's name; for a main stack the process's.</param>
/// <param name="Kind">Whose stack it is.</param>
/// <param name="Used">What has been touched, to the page, read without stopping the process; what is mapped where that cannot be read.</param>
/// <param name="Mapped">How far it has grown.</param>
/// <param name="Limit">The most it may hold; at or above <see cref="long.MaxValue"/> for no limit.</param>
/// <param name="Growths">How often it has grown.</param>
/// <param name="HasOverflowed">Whether it has overflowed, or gone on past its limit.</param>
public readonly record struct LiveStack(int Pid, int ThreadId, string Name, StackKind Kind, ulong Used, ulong Mapped, ulong Limit, long Growths, bool HasOverflowed)
{
    /// <summary>How much of the limit is used: 1 at the limit, 0 without a limit.</summary>
    public double Share => Limit is 0 or >= long.MaxValue ? 0 : (double)Used / Limit;
}

/// <summary>A run at one moment.</summary>
/// <param name="Processes">The processes that live, by id.</param>
/// <param name="StackCount">How many stacks there are.</param>
/// <param name="Growths">How often stacks have grown since the run started.</param>
/// <param name="Overflows">How often stacks have overflowed since the run started.</param>
/// <param name="LastOverflow">The heading of the last overflow's explanation; null while there was none.</param>
/// <param name="Riskiest">The stacks nearest to their limits, the nearest first.</param>
public sealed record LiveRun(
    IReadOnlyCollection<int> Processes, int StackCount, long Growths, long Overflows, string? LastOverflow, IReadOnlyList<LiveStack> Riskiest);

/// <summary>Follows a run. Pass it to <see cref="TracedRun.Run"/> and call <see cref="Look"/> from any thread while the run goes on.</summary>
public sealed class LiveStacks : IRunObserver
{
    /// <summary>Guards all fields below. The tracer holds it for moments only: what takes long is done outside.</summary>
    private readonly Lock _gate = new();
    private readonly HashSet<int> _processes = [];
    private readonly Dictionary<(int Pid, ulong Start), Entry> _stacks = [];
    private long _growths;
    private long _overflows;
    private string? _lastOverflow;

    /// <summary>The run as it is now.</summary>
    /// <param name="most">How many stacks to give, at most.</param>
    public LiveRun Look(int most)
    {
        List<Entry> entries;
        LiveRun run;
        lock (_gate)
        {
            entries = [.. _stacks.Values.OrderByDescending(e => e.HasOverflowed).ThenByDescending(e => e.Share).ThenByDescending(e => e.Mapped).Take(most)];
            run = new LiveRun([.. _processes], _stacks.Count, _growths, _overflows, _lastOverflow, []);
        }

        return run with { Riskiest = [.. entries.Select(Measure).OrderByDescending(s => s.HasOverflowed).ThenByDescending(s => s.Share).ThenByDescending(s => s.Used)] };
    }

    /// <inheritdoc/>
    public void OnImageStarted(ProcessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        lock (_gate)
        {
            _ = _processes.Add(report.Pid);
            foreach (var stack in report.Stacks)
                Add(report.Pid, stack.Kind == StackKind.Main ? report.Pid : stack.ThreadId, stack);
        }
    }

    /// <inheritdoc/>
    public void OnImageEnded(ProcessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        lock (_gate)
        {
            _ = _processes.Remove(report.Pid);
            foreach (var key in _stacks.Keys.Where(key => key.Pid == report.Pid).ToList())
                _ = _stacks.Remove(key);
        }
    }

    /// <inheritdoc/>
    public void OnThreadStarted(int pid, int threadId, StackReport? stack)
    {
        if (stack is null)
            return;
        lock (_gate)
            Add(pid, threadId, stack);
    }

    /// <inheritdoc/>
    public void OnThreadEnded(int pid, int threadId, StackReport? stack)
    {
        if (stack is null)
            return;
        lock (_gate)
        {
            if (_stacks.TryGetValue((pid, stack.Start), out var entry) && entry.ThreadId == threadId)
                _ = _stacks.Remove((pid, stack.Start));
        }
    }

    /// <inheritdoc/>
    public void OnStackGrown(in StackGrowth growth, StoppedThread thread)
    {
        lock (_gate)
        {
            _growths++;
            if (_stacks.TryGetValue((growth.Pid, growth.Stack), out var entry))
                _stacks[(growth.Pid, growth.Stack)] = entry with { Low = growth.To, Limit = growth.Limit, Growths = entry.Growths + 1 };
        }
    }

    /// <inheritdoc/>
    public void OnStackOverflow(StackOverflow overflow)
    {
        string heading = OverflowExplanation.Lines(overflow, ProcessNames.OfProcess(overflow.Pid))[0];
        lock (_gate)
        {
            _overflows++;
            _lastOverflow = heading;
            if (_stacks.TryGetValue((overflow.Pid, overflow.Stack), out var entry))
                _stacks[(overflow.Pid, overflow.Stack)] = entry with { HasOverflowed = true };
        }
    }

    private void Add(int pid, int tid, StackReport stack) =>
        _stacks[(pid, stack.Start)] = new Entry(pid, tid, stack.Kind, stack.End - stack.MappedBytes, stack.End, stack.LimitBytes, stack.Growths, false);

    // The process runs on meanwhile; what is read is as true as any figure of a running program.
    private static LiveStack Measure(Entry entry)
    {
        // Which pages were made before they were touched only the tracer knows: of all of them those count that contain something.
        ulong? touched = PeakReader.LowestTouched(entry.Pid, entry.Low, entry.End, new PrefaultedPages(entry.Low, entry.End));
        string name = ProcessNames.OfThread(entry.Pid, entry.ThreadId);
        return new LiveStack(
            entry.Pid, entry.ThreadId, name, entry.Kind, touched is { } low ? entry.End - low : entry.Mapped, entry.Mapped, entry.Limit, entry.Growths, entry.HasOverflowed);
    }

    private readonly record struct Entry(int Pid, int ThreadId, StackKind Kind, ulong Low, ulong End, ulong Limit, long Growths, bool HasOverflowed)
    {
        public ulong Mapped => End - Low;

        public double Share => Limit is 0 or >= long.MaxValue ? 0 : (double)Mapped / Limit;
    }
}
