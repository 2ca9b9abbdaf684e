// Records a run: every observation becomes a line of a recording.
using System.Diagnostics;
using Growstack.Linux.Explaining;
using Growstack.Linux.Inspection;
using Growstack.Linux.Tracing;
using Growstack.Maps;
using Growstack.Recording;
using RecordedKind = Growstack.Recording.StackKind;

namespace Growstack.Linux.Observing;

/// <summary>
/// Writes what happens in a run to a recording, or to any other sink: processes, threads, stacks, growths with their call chains, overflows, limits,
/// and the address maps of processes at their end. Pass it to <see cref="TracedRun.Run"/>, with <see cref="RunOptions.KeepMaps"/> for the maps.
/// </summary>
public sealed class RunRecorder : IRunObserver
{
    private readonly RunOptions _options;
    private readonly IRecordingSink _sink;
    private readonly RecordedChains _chains;
    private readonly RecordedRoles _roles = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly HashSet<int> _processes = [];
    private readonly Dictionary<(int Pid, ulong Start), Announced> _stacks = [];
    private readonly Dictionary<(int Pid, int Tid), string> _names = [];
    private int _stackCount;

    /// <summary>Starts the recording.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="sink">Where the lines go.</param>
    /// <param name="version">The version of the program that records.</param>
    /// <param name="given">The options as they were typed.</param>
    public RunRecorder(RunOptions options, IRecordingSink sink, string version, IReadOnlyList<KeyValuePair<string, string>> given)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        _options = options;
        _sink = sink;
        _chains = new RecordedChains(sink);
        int guard = options.GuardPages ?? new Processes.VmSystem(options.Release).GuardPages;
        _sink.Write(new StartLine(
            RecordingFormat.Version, version, DateTimeOffset.UtcNow, options.Command, options.Release == VmRelease.FreeBsd10 ? "freebsd10" : "freebsd12",
            VmPage.RoundUp(options.StackGrowthSize), guard, (int)VmPage.Size, given));
    }

    private long Now => (long)Stopwatch.GetElapsedTime(_began).TotalMicroseconds;

    /// <inheritdoc/>
    public void OnImageStarted(ProcessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        bool first = _processes.Count == 0;
        _roles.Forget(report.Pid);
        bool known = !_processes.Add(report.Pid);
        // A child of vfork(2) becomes visible with the program it runs.
        var how = first ? ProcessOrigin.Start
            : report.Origin == ImageOrigin.Fork ? ProcessOrigin.Fork
            : known ? ProcessOrigin.Exec
            : ProcessOrigin.VFork;
        _sink.Write(new ProcessLine(Now, report.Pid, first ? 0 : report.ParentPid, ProcessNames.CommandLine(report.Pid, report.Command), how));
        Rename(report.Pid, report.Pid, report.Command);
        foreach (var stack in report.Stacks)
            Announce(report.Pid, stack.Kind == StackKind.Main ? report.Pid : stack.ThreadId, stack);
    }

    /// <inheritdoc/>
    public void OnThreadStarted(int pid, int threadId, StackReport? stack)
    {
        Rename(pid, threadId, ProcessNames.OfThread(pid, threadId));
        if (stack is not null)
            Announce(pid, threadId, stack);
    }

    /// <inheritdoc/>
    public void OnThreadEnded(int pid, int threadId, StackReport? stack)
    {
        if (stack is null)
            return;
        Rename(pid, threadId, stack.ThreadName);
        End(pid, stack);
    }

    /// <inheritdoc/>
    public void OnStackGrown(in StackGrowth growth, StoppedThread thread)
    {
        ArgumentNullException.ThrowIfNull(thread);
        if (!_stacks.TryGetValue((growth.Pid, growth.Stack), out var stack))
            return;
        if (stack.Growths++ == 0)
            Rename(growth.Pid, growth.ThreadId, thread.Name);
        if (growth.Limit != stack.Limit)
        {
            stack.Limit = growth.Limit;
            _sink.Write(new LimitLine(Now, growth.Pid, stack.Id, LimitedResource.Stack, growth.Limit));
        }

        // The chain's own lines come first, and take their time.
        long at = Now;
        int? chain = thread.ReadCalls(RecordedChains.ForGrowth(growth.StackEnd)) is { } calls ? _chains.Intern(calls) : null;
        _sink.Write(new GrowthLine(at, stack.Id, growth.ThreadId, growth.Address, growth.From, growth.To, chain));
    }

    /// <inheritdoc/>
    public void OnStackOverflow(StackOverflow overflow)
    {
        Rename(overflow.Pid, overflow.ThreadId, overflow.ThreadName);
        if (!_stacks.TryGetValue((overflow.Pid, overflow.Stack), out var stack))
        {
            stack = Announce(overflow.Pid, overflow.ThreadId, new StackReport
            {
                Kind = StackKind.Thread,
                Start = overflow.Stack,
                End = overflow.Scene?.StackEnd ?? overflow.Stack + overflow.Limit,
                LimitBytes = overflow.Limit,
                MappedBytes = overflow.Limit,
            });
        }

        long at = Now;
        int? chain = overflow.Scene?.Chain is { } calls ? _chains.Intern(calls) : null;
        _sink.Write(new OverflowLine(
            at, stack.Id, overflow.Pid, overflow.ThreadId, overflow.FaultAddress, overflow.InstructionPointer, overflow.BytesBelowLimit, Limit(overflow.Limit),
            OverflowExplanation.Origin(overflow.Scene?.LimitOrigin), chain, OverflowExplanation.Lines(overflow, ProcessNames.OfProcess(overflow.Pid))));
    }

    /// <inheritdoc/>
    public void OnImageEnded(ProcessReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        _roles.Forget(report.Pid);
        foreach (var stack in report.Stacks)
            End(report.Pid, stack);
        foreach (var key in _stacks.Keys.Where(key => key.Pid == report.Pid).ToList())
            _ = _stacks.Remove(key);
        if (report.FinalMap is { } map)
            _sink.Write(new MapLine(Now, report.Pid, [.. map.Select(Entry)]));
        if (report.End is ImageEnd.Exited)
            _sink.Write(new ExitLine(Now, report.Pid, report.ExitStatus, null));
        else if (report.End is ImageEnd.Signaled)
            _sink.Write(new ExitLine(Now, report.Pid, null, SignalNames.Of(report.Signal)));
    }

    /// <summary>The run is over: ends the recording.</summary>
    /// <param name="exitCode">What the program that records is going to exit with.</param>
    public void Finish(int exitCode) => _sink.Write(new EndLine(Now, exitCode));

    private void Rename(int pid, int tid, string name)
    {
        if (name.Length == 0 || _names.GetValueOrDefault((pid, tid)) == name)
            return;
        _names[(pid, tid)] = name;
        _sink.Write(new ThreadLine(Now, pid, tid, name));
    }

    private Announced Announce(int pid, int tid, StackReport stack)
    {
        var announced = new Announced(_stackCount++, tid) { Limit = stack.LimitBytes };
        _stacks[(pid, stack.Start)] = announced;
        bool main = stack.Kind == StackKind.Main;
        string from = main ? (_options.StackLimit is null ? "RLIMIT_STACK" : "--stack")
            : _options.ThreadStackSize is null ? "its creator, or the C library's default" : "--thread-stack or --as";
        _sink.Write(new StackLine(
            Now, announced.Id, pid, tid, main ? RecordedKind.Main : RecordedKind.Thread, main ? "" : _roles.Of(pid), stack.Start, stack.End, stack.GuardBytes, stack.MappedBytes,
            Limit(stack.LimitBytes), from));
        return announced;
    }

    private void End(int pid, StackReport stack)
    {
        if (!_stacks.TryGetValue((pid, stack.Start), out var announced) || announced.Tid != stack.ThreadId)
            return;
        _sink.Write(new PeakLine(Now, announced.Id, stack.ThreadId, stack.PeakBytes, stack.Growths, stack.MappedBytes));
        _ = _stacks.Remove((pid, stack.Start));
    }

    private static ulong Limit(ulong bytes) => bytes >= long.MaxValue ? RecordingFormat.Unlimited : bytes;

    private static MapEntryLine Entry(MappedRange range) => new(
        range.Start, range.End, range.Protection.Letters(),
        range.Kind switch
        {
            MappedKind.Stack => MapEntryKind.Stack,
            MappedKind.StackGap => MapEntryKind.Gap,
            MappedKind.Guard => MapEntryKind.Guard,
            MappedKind.File => MapEntryKind.File,
            _ => MapEntryKind.Anonymous,
        },
        range.Path ?? "");

    /// <summary>A stack that was announced: one thread's use of it.</summary>
    private sealed class Announced(int id, int tid)
    {
        public int Id { get; } = id;

        public int Tid { get; } = tid;

        public ulong Limit { get; set; }

        public long Growths { get; set; }
    }
}
