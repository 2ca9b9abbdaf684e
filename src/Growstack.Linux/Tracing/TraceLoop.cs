// The tracer's loop: waits for tracees, and handles each stop.
using Growstack.Linux.Native;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Follows one program and all its descendants until the last has ended. Runs on one thread, which alone makes ptrace requests; a tracee is
/// touched only between its stop and its resumption. A request that fails because the tracee was killed meanwhile is passed over: its end is
/// reported by wait like any other.
/// </summary>
internal sealed partial class TraceLoop : IDisposable
{
    private readonly RunOptions _options;
    private readonly IRunObserver? _observer;
    private readonly Dictionary<int, Tracee> _tracees = [];
    private readonly Dictionary<int, TracedProcess> _processes = [];
    private readonly StopQueue _stopQueue = new();
    private readonly TouchListener? _listener = TouchListener.Open();
    private readonly Placement _placement;
    private readonly List<ProcessReport> _reports = [];
    private readonly Injector _injector;
    private readonly Skirts _skirts;
    private readonly ExecSetup _execSetup;
    private readonly StackFaults _faults;
    private readonly MemoryCalls _memory;
    private readonly StackAdoption _adoption;
    private readonly int _root;
    private readonly Action _rootEnded;
    private long _stops;
    private long _memoryCalls;
    private int _threads;
    private int _processCount;

    internal TraceLoop(RunOptions options, VmSystem system, IRunObserver? observer, int root, Action rootEnded)
    {
        _options = options;
        _observer = observer;
        _root = root;
        _rootEnded = rootEnded;
        _placement = new Placement { Companion = _listener };
        _injector = new Injector(_stopQueue, _placement);
        _skirts = new Skirts(_injector, options, _listener);
        _execSetup = new ExecSetup(system, options, _injector, _skirts);
        _faults = new StackFaults(system, options, _injector, _skirts, observer);
        _memory = new MemoryCalls(_injector, _skirts, _processes);
        _adoption = new StackAdoption(_injector);
        AddProcess(new Tracee(root), root, Libc.GetPid(), image: null);
    }

    /// <summary>The first process's end, as wait tells it; null while it runs.</summary>
    internal WaitStatus? RootEnd { get; private set; }

    /// <summary>Asked when the first process has executed its program: whether it may begin to run.</summary>
    internal Func<bool> MayBegin { get; init; } = () => true;

    /// <summary>Whether the first process ever executed its program, and might begin.</summary>
    internal bool Started { get; private set; }

    /// <summary>The reports so far.</summary>
    internal List<ProcessReport> Reports => _reports;

    internal TracerStatistics Statistics => new() { Stops = _stops, MemoryCalls = _memoryCalls, Growths = _faults.Growths, Processes = _processCount, Threads = _threads };

    /// <summary>Runs until no tracee is left.</summary>
    internal void Run()
    {
        while (_tracees.Count > 0 && _stopQueue.Next(_tracees.Count == 1, _listener, out int tid, out var status))
        {
            if (tid == 0)
            {
                OnTouches();
                continue;
            }

            _stops++;
            Handle(tid, status);
        }
    }

    /// <summary>Kills every traced process and waits for their ends; for when the loop cannot go on.</summary>
    internal void KillAll()
    {
        foreach (int pid in _processes.Keys)
            _ = Libc.Kill(pid, Signal.KILL);

        // A thread that stands at its exit event has been killed already and waits for the tracer, not for a signal.
        foreach (int tid in _tracees.Keys)
            _ = Ptrace.Continue(tid);
        while (_tracees.Count > 0 && _stopQueue.Next(one: false, listener: null, out int tid, out var status))
        {
            if (!status.Stopped)
            {
                _ = _tracees.Remove(tid);
                continue;
            }

            // Also one that was born meanwhile.
            _ = _tracees.TryAdd(tid, new Tracee(tid));
            _ = Libc.Kill(tid, Signal.KILL);
            _ = Ptrace.Continue(tid);
        }
    }

    private void Handle(int tid, WaitStatus status)
    {
        if (!_tracees.TryGetValue(tid, out var tracee))
        {
            if (!status.Stopped)
                return;
            tracee = _tracees[tid] = new Tracee(tid);
        }

        if (!status.Stopped)
        {
            End(tracee, status);
            return;
        }

        if (tracee.Process is null)
        {
            AwaitBirth(tracee, status);
            return;
        }

        switch (status.Event)
        {
            case 0 when status.StopSignal == Ptrace.SyscallStop:
                OnSyscallExit(tracee);
                break;
            case 0:
                OnSignal(tracee, status.StopSignal);
                break;
            case Ptrace.EventSeccomp:
                OnSyscallEntry(tracee);
                break;
            case Ptrace.EventFork or Ptrace.EventVfork or Ptrace.EventClone:
                OnBirth(tracee, status.Event);
                _ = _placement.Continue(tid);
                break;
            case Ptrace.EventExec:
                OnExec(tracee);
                break;
            case Ptrace.EventExit:
                OnExit(tracee);
                _ = _placement.Continue(tid);
                break;
            case Ptrace.EventStop when Signal.IsStop(status.StopSignal):
                _ = Ptrace.Listen(tid);
                break;
            case Ptrace.EventStop:
                GoOn(tracee);
                break;
            default:
                _ = _placement.Continue(tid);
                break;
        }
    }

    public void Dispose()
    {
        _placement.Dispose();
        PeakReader.Close();
        _listener?.Dispose();
    }
}
