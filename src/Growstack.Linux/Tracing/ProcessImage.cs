// One program image of a process, from exec or fork to exec or end.
using Growstack.Linux.Native;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Tracing;

/// <summary>One process image and what its report will say. Touched by the tracer's thread only.</summary>
internal sealed class ProcessImage(int pid, int parentPid, ImageOrigin origin, AddressSpace? space) : IDisposable
{
    private readonly HashSet<ThreadRecord> _threads = [];
    private readonly StackLedger _ledger = new();
    private CallChainReader? _chains;

    /// <summary>How many threads have started, and how many that have ended ran on stacks that did not grow under the map.</summary>
    private int _started;

    private int _unmanagedEnded;

    internal int Pid { get; } = pid;

    internal int ParentPid { get; } = parentPid;

    internal ImageOrigin Origin { get; } = origin;

    /// <summary>The address space; null when the image's stacks are not managed.</summary>
    internal AddressSpace? Space { get; } = space;

    /// <summary>Whether the address space is borrowed from the parent, as in a vfork child: such an image has no report of its own.</summary>
    internal bool Borrowed { get; init; }

    /// <summary>Why its stacks are not managed; null where they are.</summary>
    internal string? Unmanaged { get; set; }

    internal bool WasRefusedPtrace { get; set; }

    internal string Command { get; set; } = "";

    internal string? Executable { get; set; }

    /// <summary>The threads that run, but the first.</summary>
    internal IReadOnlyCollection<ThreadRecord> Threads => _threads;

    /// <summary>Whether it ever had a thread beside the first.</summary>
    internal bool HadThreads => _started > 0;

    internal List<StackOverflow> Overflows { get; } = [];

    internal IReadOnlyList<MappedRange>? FinalMap { get; set; }

    /// <summary>Reads call chains of its threads while they stand still; opened at its first use. Null where call chains cannot be read.</summary>
    internal CallChainReader? Chains => _chains ??= CallChainReader.Open(Pid);

    /// <summary>Index of the report in the run's list.</summary>
    internal int ReportIndex { get; set; } = -1;

    /// <summary>A thread starts, which is not the process's first.</summary>
    internal ThreadRecord Begin(int tid)
    {
        var thread = new ThreadRecord(tid, _started++);
        _ = _threads.Add(thread);
        return thread;
    }

    /// <summary>A thread ends, if it has not yet: its figures go to the ledger.</summary>
    internal void End(ThreadRecord thread)
    {
        if (!_threads.Remove(thread))
            return;
        thread.Freeze();
        if (thread.Report() is { } report)
            _ledger.Enter(thread.Number, report);
        if (!thread.IsManaged)
            _unmanagedEnded++;
    }

    /// <summary>The report at the image's start.</summary>
    internal ProcessReport Report() => Report(ImageEnd.Abandoned, 0, 0, MainStack is { } main ? [main] : []);

    /// <summary>The report at the image's end.</summary>
    internal ProcessReport Report(ImageEnd end, int exitStatus, int signal)
    {
        foreach (var thread in _threads.ToArray())
            End(thread);
        _ledger.Main = MainStack;
        return Report(end, exitStatus, signal, _ledger);
    }

    private StackReport? MainStack => Space?.MainStack?.Report(Command, Space.StackLimit);

    private ProcessReport Report(ImageEnd end, int exitStatus, int signal, IReadOnlyCollection<StackReport> stacks)
    {
        StackOverflow? fatal = null;
        if (end == ImageEnd.Signaled && signal == Signal.SEGV && Overflows.FindLastIndex(overflow => !overflow.LetThrough) is >= 0 and var last)
        {
            fatal = Overflows[last] with { Fatal = true };
            Overflows[last] = fatal.Value;
        }

        return new ProcessReport
        {
            Pid = Pid,
            ParentPid = ParentPid,
            Origin = Origin,
            Command = Command,
            Executable = Executable,
            End = end,
            ExitStatus = exitStatus,
            Signal = signal,
            Stacks = stacks,
            Unmanaged = Unmanaged,
            WasRefusedPtrace = WasRefusedPtrace,
            UnmanagedThreads = _unmanagedEnded,
            Overflows = [.. Overflows],
            FatalOverflow = fatal,
            FinalMap = FinalMap,
        };
    }

    /// <summary>Forgets the image's symbols, and ends the watch of its address space. Its report can still be asked for.</summary>
    public void Dispose()
    {
        if (!Borrowed)
            Space?.EndWatch();
        _chains?.Dispose();
        _chains = null;
    }
}
