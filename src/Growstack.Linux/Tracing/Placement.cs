// Resumes tracees, on the tracer's own processor while only one of them has work.
using System.Diagnostics;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>
/// A stop costs four to ten times as much when it has to wake another, idle processor twice. While nothing else is runnable on the machine, the
/// tracer therefore stays on one processor and wakes each tracee there: the tracee's affinity is narrowed to it while it stands still, and put
/// back as soon as it has been resumed, so that it stays free to move and finds the affinity it had. When anything else is runnable,
/// the scheduler decides: two compilers side by side would else crowd on one processor. Used by the tracer's thread only.
/// </summary>
internal sealed class Placement : IDisposable
{
    /// <summary>How long a look at the machine's load stays good: short against a time slice, long against a stop.</summary>
    private static readonly long Glance = Stopwatch.Frequency / 10_000;

    private readonly RunnableTasks _runnable = new();
    private readonly ProcessorSet _free;
    private readonly bool _possible;
    private ProcessorSet _homeSet;
    private int _home;
    private bool _together;
    private long _lookedAt;

    internal Placement() => _possible = Environment.ProcessorCount > 1 && Affinity.TryGet(0, out _free);

    /// <summary>Whose thread goes where the tracer goes: the two wake each other.</summary>
    internal TouchListener? Companion { get; init; }

    /// <summary>Resumes until the next stop, delivering a signal if not 0.</summary>
    internal bool Continue(int tid, int signal = 0) => Resume(tid, signal, toSyscall: false);

    /// <summary>As <see cref="Continue"/>, but stops at the next system call's entry or exit too.</summary>
    internal bool ContinueToSyscall(int tid) => Resume(tid, signal: 0, toSyscall: true);

    /// <summary>Resumes a tracee that is about to read or set its affinity, and must find its own.</summary>
    internal static void ContinueUntouched(int tid) => _ = Ptrace.Continue(tid);

    /// <summary>
    /// A thread or process was born: should its creator have been so quick as to run before it had its affinity back, the child has
    /// inherited the narrowed one.
    /// </summary>
    internal void Born(int parent, int child)
    {
        if (_together && Affinity.TryGet(child, out var inherited) && inherited.Equals(_homeSet) && Affinity.TryGet(parent, out var own) && !own.Equals(inherited))
            _ = Affinity.TrySet(child, own);
    }

    private bool Resume(int tid, int signal, bool toSyscall)
    {
        if (!_possible || !StayTogether() || !Affinity.TryGet(tid, out var own) || !own.Contains(_home) || !Affinity.TrySet(tid, _homeSet))
            return Go(tid, signal, toSyscall);
        bool resumed = Go(tid, signal, toSyscall);
        _ = Affinity.TrySet(tid, own);
        return resumed;
    }

    private static bool Go(int tid, int signal, bool toSyscall) => toSyscall ? Ptrace.ContinueToSyscall(tid, signal) : Ptrace.Continue(tid, signal);

    /// <summary>Decides, and moves the tracer accordingly.</summary>
    private bool StayTogether()
    {
        long now = Stopwatch.GetTimestamp();
        if (now - _lookedAt < Glance)
            return _together;
        _lookedAt = now;

        // One is the tracer itself.
        bool together = _runnable.Count == 1;
        if (together == _together)
            return together;
        _together = together;
        if (together)
        {
            _home = Affinity.Current;
            _homeSet = ProcessorSet.Of(_home);
        }

        _ = Affinity.TrySet(0, together ? _homeSet : _free);
        if (Companion is { ThreadId: > 0 } companion)
            _ = Affinity.TrySet(companion.ThreadId, together ? _homeSet : _free);
        return together;
    }

    public void Dispose() => _runnable.Dispose();
}
