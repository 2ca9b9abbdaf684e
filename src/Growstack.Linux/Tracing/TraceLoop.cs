// The tracer's loop: waits for tracees, and handles each stop.
using Growstack.Linux.Native;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Follows one program and all its descendants until the last has ended. Runs on one thread, which alone makes ptrace requests; a tracee is
/// touched only between its stop and its resumption. A request that fails because the tracee was killed meanwhile is passed over: its end is
/// reported by wait like any other.
/// </summary>
internal sealed class TraceLoop : IDisposable
{
    private readonly RunOptions _options;
    private readonly IRunObserver? _observer;
    private readonly Dictionary<int, Tracee> _tracees = [];
    private readonly Dictionary<int, TracedProcess> _processes = [];
    private readonly StopQueue _stopQueue = new();
    private readonly Placement _placement = new();
    private readonly List<ProcessReport> _reports = [];
    private readonly Injector _injector;
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
        _injector = new Injector(_stopQueue, _placement);
        _execSetup = new ExecSetup(system, options, _injector);
        _faults = new StackFaults(system, options, _injector, observer);
        _memory = new MemoryCalls(_injector, _processes);
        _adoption = new StackAdoption(_injector);
        AddProcess(new Tracee(root), root, Libc.GetPid(), image: null);
    }

    /// <summary>The first process's end, as wait tells it; null while it runs.</summary>
    internal WaitStatus? RootEnd { get; private set; }

    /// <summary>Whether the first process ever executed its program.</summary>
    internal bool Started { get; private set; }

    /// <summary>The reports so far.</summary>
    internal List<ProcessReport> Reports => _reports;

    internal TracerStatistics Statistics => new() { Stops = _stops, MemoryCalls = _memoryCalls, Growths = _faults.Growths, Processes = _processCount, Threads = _threads };

    /// <summary>Runs until no tracee is left.</summary>
    internal void Run()
    {
        while (_tracees.Count > 0 && _stopQueue.Next(_tracees.Count == 1, out int tid, out var status))
        {
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
        while (Ptrace.WaitAny(out int raw, block: true) is > 0 and var tid)
        {
            var status = new WaitStatus(raw);
            if (status.Stopped)
            {
                // Also a process that was born meanwhile.
                _ = Libc.Kill(tid, Signal.KILL);
                _ = Ptrace.Continue(tid);
            }
        }
    }

    private void Handle(int tid, WaitStatus status)
    {
        if (!_tracees.TryGetValue(tid, out var tracee))
        {
            // A child's first stop can come before the event that tells who made it.
            if (status.Stopped)
                _tracees[tid] = new Tracee(tid) { HeldAtStart = true };
            return;
        }

        if (!status.Stopped)
        {
            End(tracee, status);
            return;
        }

        if (tracee.Process is null)
        {
            tracee.HeldAtStart = true;
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

    private void AddProcess(Tracee tracee, int pid, int parent, ProcessImage? image)
    {
        var process = new TracedProcess(pid, parent) { Image = image, Threads = 1 };
        tracee.Process = process;
        _tracees[pid] = tracee;
        _processes[pid] = process;
        _processCount++;
        _threads++;
        if (image is not null)
            Announce(image);
    }

    private void Announce(ProcessImage image)
    {
        if (image.Borrowed)
            return;
        image.ReportIndex = _reports.Count;
        var report = image.Report();
        _reports.Add(report);
        _observer?.OnImageStarted(report);
    }

    private void EndImage(ProcessImage image, ImageEnd end, int exitStatus = 0, int signal = 0)
    {
        image.Dispose();
        if (image.ReportIndex < 0)
            return;
        var report = image.Report(end, exitStatus, signal);
        _reports[image.ReportIndex] = report;
        _observer?.OnImageEnded(report);
    }

    private void OnSyscallEntry(Tracee tracee)
    {
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;
        var process = tracee.Process!;
        if (registers.SyscallNumber == SyscallNumber.Report && Trampoline.ContainsCode(registers.Rip))
        {
            LeaveFailedSlot(tracee, (long)registers.Rdi);
            return;
        }

        SeenOutside(tracee);
        if (registers.SyscallNumber is SyscallNumber.SchedGetaffinity or SyscallNumber.SchedSetaffinity)
        {
            Placement.ContinueUntouched(tracee.Tid);
            return;
        }

        if (registers.SyscallNumber is SyscallNumber.Execve or SyscallNumber.Execveat)
        {
            // Should it succeed, the old image's memory is gone at the event.
            Measure(process);
            _ = _placement.Continue(tracee.Tid);
            return;
        }

        if (registers.SyscallNumber == SyscallNumber.Ptrace)
        {
            tracee.Awaited = CallInFlight.Ptrace;
            _ = _placement.ContinueToSyscall(tracee.Tid);
            return;
        }

        if (process.Image?.Space is not { } space)
        {
            _ = _placement.Continue(tracee.Tid);
            return;
        }

        _memoryCalls++;
        if (_memory.AtEntry(tracee, space, ref registers) == CallStep.RunToExit)
        {
            tracee.AtEntry = registers;
            tracee.Awaited = CallInFlight.Memory;
            _ = _placement.ContinueToSyscall(tracee.Tid);
        }
        else
        {
            _ = _placement.Continue(tracee.Tid);
        }
    }

    /// <summary>A thread stands where it has made the call it was resumed for.</summary>
    private static void SeenOutside(Tracee tracee)
    {
        tracee.Slot = -1;
        tracee.NewStack = null;
        tracee.Process?.Image?.Space?.CallsInFlight.Remove(tracee);
    }

    private void OnSyscallExit(Tracee tracee)
    {
        var awaited = tracee.Awaited;
        tracee.Awaited = CallInFlight.None;
        if (awaited == CallInFlight.Exec)
        {
            StartImage(tracee);
            return;
        }

        if (awaited == CallInFlight.Ptrace && tracee.Process!.Image is { } image && Ptrace.GetRegisters(tracee.Tid, out var answered))
            image.WasRefusedPtrace |= (long)answered.Rax == -Errno.EPERM;
        if (awaited == CallInFlight.Memory && tracee.Process!.Image?.Space is { } space && Ptrace.GetRegisters(tracee.Tid, out var registers)
            && _memory.AtExit(tracee, space, ref registers))
        {
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
        }

        _ = _placement.Continue(tracee.Tid);
    }

    /// <summary>
    /// The call made in a slot failed. A growth: the thread repeats its access, and with the piece gone from the map the growth will fail too.
    /// A call of the program's: it gets the answer.
    /// </summary>
    private void LeaveFailedSlot(Tracee tracee, long result)
    {
        if (tracee.Slot >= 0 && tracee.Process?.Image?.Space is { } space)
            TakeOutOfSlot(tracee, space, SlotProgress.Failed, result);
        _ = _placement.Continue(tracee.Tid);
    }

    /// <summary>A thread whose slot's call was not made, or failed, goes on with the registers that fit.</summary>
    private static void TakeOutOfSlot(Tracee tracee, AddressSpace space, SlotProgress progress, long result)
    {
        Registers registers;
        if (tracee.Passage.Growing is { } stack)
        {
            ForgetPiece(space, stack, tracee.Passage.PieceEnd);
            registers = tracee.Passage.After;
        }
        else if (progress == SlotProgress.Failed)
        {
            MemoryCalls.FailedInSlot(tracee, space, result, out registers);
        }
        else
        {
            MemoryCalls.NotMadeInSlot(tracee, space, out registers);
        }

        SeenOutside(tracee);
        _ = Injector.Restore(tracee, registers);
    }

    private void OnSignal(Tracee tracee, int signal)
    {
        var image = tracee.Process!.Image;
        if (image?.Space is not { } space || !Ptrace.GetRegisters(tracee.Tid, out var registers))
        {
            _ = _placement.Continue(tracee.Tid, signal);
            return;
        }

        if (Trampoline.ContainsCode(registers.Rip) && tracee.Slot >= 0)
        {
            SignalInSlot(tracee, space, signal, registers);
            return;
        }

        SeenOutside(tracee);
        if (signal == Signal.SEGV && _faults.Resolve(tracee, image, space) == FaultOutcome.Grown)
        {
            _ = _placement.Continue(tracee.Tid);
            return;
        }

        if (StackFaults.NeedsRoomForFrame(space, registers) is { } stack && Ptrace.GetSignalInfo(tracee.Tid, out var info)
            && _faults.GrowForFrame(tracee, space, stack, registers))
        {
            SendAgain(tracee, registers, info);
            return;
        }

        // Its threads may be killed without a stop of their own: what their stacks were is to be seen now or never.
        if (Signal.EndsByDefault(signal) && SignalState.HandlesOrIgnores(tracee.Process.Pid, signal) is false)
            Measure(tracee.Process);
        _ = _placement.Continue(tracee.Tid, signal);
    }

    /// <summary>
    /// A signal arrived while the thread was in its slot, and must find the thread's own registers. A call that was made is complete. A call of
    /// the program's that was not, is made after the signal, as if that had arrived a moment earlier; a growth is made at once, and the signal
    /// sent again.
    /// </summary>
    private void SignalInSlot(Tracee tracee, AddressSpace space, int signal, in Registers registers)
    {
        var progress = SlotCalls.Progress(tracee, registers, out long result);
        if (progress == SlotProgress.Before && tracee.Passage.Growing is { } stack)
        {
            if (!Ptrace.GetSignalInfo(tracee.Tid, out var info))
                return;
            Span<SyscallRow> rows = [new SyscallRow((long)registers.Rax, registers.Rdi, registers.Rsi, registers.Rdx, registers.R10, registers.R8, registers.R9)];
            bool made = _injector.Run(tracee, tracee.Passage.After, rows);
            if (made && rows[0].Failed)
                ForgetPiece(space, stack, tracee.Passage.PieceEnd);
            SeenOutside(tracee);
            if (made)
                SendAgain(tracee, tracee.Passage.After, info);
            return;
        }

        if (progress == SlotProgress.Made)
        {
            SeenOutside(tracee);
            _ = Ptrace.SetRegisters(tracee.Tid, tracee.Passage.After);
        }
        else
        {
            TakeOutOfSlot(tracee, space, progress, result);
        }

        OnSignal(tracee, signal);
    }

    /// <summary>A piece of a stack could not be made: the next growth finds it missing and fails.</summary>
    private static void ForgetPiece(AddressSpace space, ManagedStack stack, ulong end)
    {
        _ = space.Map.Remove(stack.Low, end);
        stack.Low = end;
        stack.Growths--;
    }

    /// <summary>
    /// Sends a signal again that was taken out of delivery, with all its information: a thread may send itself any. The tracee goes on with the
    /// given registers.
    /// </summary>
    private void SendAgain(Tracee tracee, in Registers registers, in SignalInfo info)
    {
        Span<SyscallRow> rows =
        [
            new SyscallRow(SyscallNumber.RtTgsigqueueinfo, (ulong)tracee.Process!.Pid, (ulong)tracee.Tid, (ulong)info.Number, Trampoline.Scratch),
        ];
        var copy = info;
        if (!_injector.Run(tracee, registers, rows, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<SignalInfo>(in copy))))
            return;
        _ = Injector.Restore(tracee, registers);
        _ = _placement.Continue(tracee.Tid);
    }

    private void OnBirth(Tracee parent, int birth)
    {
        if (!Ptrace.GetEventMessage(parent.Tid, out ulong message) || !Ptrace.GetRegisters(parent.Tid, out var registers))
            return;
        SeenOutside(parent);
        int tid = (int)message;
        if (!_tracees.TryGetValue(tid, out var child))
            child = _tracees[tid] = new Tracee(tid);
        if (child.Process is not null)
            return;

        ulong flags = CloneFlags.Of(parent.Tid, birth, registers);
        var process = parent.Process!;
        if ((flags & CloneFlags.Thread) != 0)
        {
            child.Process = process;
            process.Threads++;
            _threads++;
            StartThread(child, process, CloneFlags.Stack(parent.Tid, registers));
        }
        else
        {
            AddProcess(child, tid, process.Pid, ChildImage(process, tid, (flags & CloneFlags.SharedMemory) != 0));
            child.Process!.SegvAction = process.SegvAction;
            child.Process.OwnFilter = process.OwnFilter;
        }

        _placement.Born(parent.Tid, tid);
        if (child.HeldAtStart)
        {
            child.HeldAtStart = false;
            GoOn(child);
        }
    }

    private void StartThread(Tracee thread, TracedProcess process, GivenStack given)
    {
        if (process.Image is not { Space: { } space } image)
            return;
        thread.Record = new ThreadRecord(thread.Tid);
        image.Threads.Add(thread.Record);
        var stack = given.Top == 0 ? null : space.FindStack(given.Top - 1);
        if (given.Top != 0 && stack is null)
        {
            thread.Given = given;
            return;
        }

        if (stack is { Kind: StackKind.Thread, InUse: false })
            thread.Record.Begin(stack);
        _observer?.OnThreadStarted(process.Pid, thread.Tid, thread.Record.Report());
    }

    /// <summary>A thread leaves a stop that is not about anything it did. At its first one its stack is looked at, if that is not known yet.</summary>
    private void GoOn(Tracee tracee)
    {
        if (tracee is { Given: { Top: not 0 } given, Process.Image.Space: { } space, Record: { } record })
        {
            tracee.Given = default;
            if (_adoption.Adopt(tracee, space, given) is { } stack)
                record.Begin(stack);
            _observer?.OnThreadStarted(tracee.Process.Pid, tracee.Tid, record.Report());
        }

        _ = _placement.Continue(tracee.Tid);
    }

    private ProcessImage? ChildImage(TracedProcess parent, int pid, bool sharesMemory)
    {
        if (parent.Image is not { } image)
            return null;
        var space = sharesMemory ? image.Space : image.Space?.Fork(pid);
        if (!sharesMemory && space is not null)
            Check(space, pid, unsettled: parent.Threads > 1);
        return new ProcessImage(pid, parent.Pid, ImageOrigin.Fork, space)
        {
            Borrowed = sharesMemory,
            Unmanaged = image.Unmanaged,
            Command = image.Command,
            Executable = image.Executable,
        };
    }

    private void OnExec(Tracee tracee)
    {
        // From a thread that was not the first, the process's first thread takes its place: one tracee, known by the process id, is left.
        if (Ptrace.GetEventMessage(tracee.Tid, out ulong former) && (int)former != tracee.Tid && _tracees.Remove((int)former))
            tracee.Process!.Threads--;
        var process = tracee.Process!;
        if (process.Image is { } old)
            EndImage(old, ImageEnd.Replaced);
        process.Image = null;
        if (process.SegvAction.Handler != KernelAction.Ignore)
            process.SegvAction = default;
        SeenOutside(tracee);
        tracee.Exiting = false;
        Started |= tracee.Tid == _root;
        tracee.Awaited = CallInFlight.Exec;
        _ = _placement.ContinueToSyscall(tracee.Tid);
    }

    /// <summary>At the exit of execve: the new image is set up and starts.</summary>
    private void StartImage(Tracee tracee)
    {
        var process = tracee.Process!;
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;
        var space = _execSetup.SetUp(tracee, registers, out string? unmanaged);
        process.Image = new ProcessImage(process.Pid, process.ParentPid, ImageOrigin.Exec, space)
        {
            Unmanaged = unmanaged,
            Command = ProcessNames.OfProcess(process.Pid),
            Executable = ProcessNames.Executable(process.Pid),
        };
        Announce(process.Image);
        if (space is not null)
        {
            Check(space, process.Pid, unsettled: false);
            _ = Injector.Restore(tracee, registers);
        }

        _ = _placement.Continue(tracee.Tid);
    }

    private void OnExit(Tracee tracee)
    {
        bool midway = tracee.Slot >= 0 && Ptrace.GetRegisters(tracee.Tid, out var registers) && Trampoline.ContainsCode(registers.Rip);
        tracee.Exiting = true;
        SeenOutside(tracee);
        var process = tracee.Process!;
        tracee.Record?.Freeze(process.Pid);
        if (tracee.Record is { } record)
            _observer?.OnThreadEnded(process.Pid, tracee.Tid, record.Report());
        if (tracee.Tid == process.Pid || process.Threads == 1)
        {
            Measure(process);
            if (process.Image is { Borrowed: false, Space: { } space } image)
            {
                Check(space, process.Pid, unsettled: midway || process.Threads > 1);
                if (_options.KeepMaps)
                    image.FinalMap = MapComparison.Snapshot(space, process.Pid);
            }
        }
    }

    /// <summary>Takes the figures that die with the image's memory.</summary>
    private static void Measure(TracedProcess process)
    {
        if (process.Image is not { Borrowed: false, Space: { } space } image)
            return;
        image.Command = ProcessNames.OfProcess(process.Pid) is { Length: > 0 } name ? name : image.Command;
        space.MainStack?.Measure(process.Pid);
        foreach (var thread in image.Threads)
            thread.Measure(process.Pid);
    }

    /// <summary>
    /// Compares the map with the kernel's when asked to. A thread that runs or is killed in the middle of a memory call leaves the two apart by that
    /// call, whichever the kernel did; then the kernel's word is taken.
    /// </summary>
    private void Check(AddressSpace space, int pid, bool unsettled)
    {
        if (unsettled)
        {
            if (_options.Verify || _options.KeepMaps)
                _ = MapComparison.Difference(space, pid, adopt: true);
        }
        else if (_options.Verify && MapComparison.Difference(space, pid, adopt: false) is { } difference)
            throw new TracerException("The map and the kernel's differ: " + difference + ".");
    }

    private void End(Tracee tracee, WaitStatus status)
    {
        _ = _tracees.Remove(tracee.Tid);
        tracee.Slot = -1;
        if (tracee.Process is not { } process)
            return;
        process.Threads--;
        if (tracee.Tid != process.Pid)
            return;
        _ = _processes.Remove(process.Pid);
        if (process.Image is { } image)
        {
            if (status.Exited)
                EndImage(image, ImageEnd.Exited, exitStatus: status.ExitStatus);
            else
                EndImage(image, ImageEnd.Signaled, signal: status.EndSignal);
        }

        if (process.Pid == _root)
        {
            RootEnd = status;
            _rootEnded();
        }
    }

    public void Dispose() => _placement.Dispose();
}
