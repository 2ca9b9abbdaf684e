// Births and execs: threads, processes and program images that begin.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
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

    private void OnBirth(Tracee parent, int birth)
    {
        if (!Ptrace.GetEventMessage(parent.Tid, out ulong message) || !Ptrace.GetRegisters(parent.Tid, out var registers))
            return;
        SeenOutside(parent);
        int tid = (int)message;
        bool hasEnded = _endedUnborn.Remove(tid, out var end) && ProcessState.IsDead(tid);
        if (!_tracees.TryGetValue(tid, out var child))
            child = _tracees[tid] = new Tracee(tid);
        if (child.Process is not null)
            return;

        ulong flags = CloneCall.Flags(parent.Tid, birth, registers);
        var process = parent.Process!;
        if ((flags & CloneFlag.Thread) != 0)
        {
            child.Process = process;
            process.Threads++;
            _threads++;
            StartThread(child, process, CloneCall.Stack(parent.Tid, registers));
        }
        else
        {
            AddChild(child, process, ChildImage(process, process.Image, tid, (flags & CloneFlag.SharedMemory) != 0, verify: !hasEnded && !child.Exiting));
        }

        if (hasEnded)
        {
            End(child, end);
            return;
        }

        if (parent.Awaited == CallInFlight.UntracedClone)
        {
            parent.Awaited = CallInFlight.None;
            SetUntraced(parent);
            child.WasToBeUntraced = true;
        }

        _placement.Born(parent.Tid, tid);
        if (child.HeldAtStart)
        {
            Hold(child, false);
            GoOn(child);
        }
    }

    /// <summary>Gives a thread the argument of its clone(2) back.</summary>
    private static void SetUntraced(Tracee tracee)
    {
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;
        registers.Rdi |= CloneFlag.Untraced;
        _ = Ptrace.SetRegisters(tracee.Tid, registers);
    }

    private void AddChild(Tracee child, TracedProcess parent, ProcessImage? image)
    {
        AddProcess(child, child.Tid, parent.Pid, image);
        child.Process!.SegvAction = parent.SegvAction;
        child.Process.OwnFilter = parent.OwnFilter;
        child.Process.FollowsProtections = parent.FollowsProtections;
    }

    private void StartThread(Tracee thread, TracedProcess process, GivenStack given)
    {
        if (process.Image is not { Space: { } space } image)
            return;
        thread.Record = image.Begin(thread.Tid);
        var stack = given.Top == 0 ? null : space.FindStack(given.Top - 1);
        if (given.Top != 0 && stack is null)
        {
            thread.Given = given;
            return;
        }

        if (stack is { Kind: StackKind.Thread, InUse: false })
        {
            Skirts.Renew(space, stack);
            thread.Record.Begin(stack);
        }

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

        if (tracee.WasToBeUntraced)
        {
            tracee.WasToBeUntraced = false;
            SetUntraced(tracee);
        }

        if (tracee.TouchedAt != 0)
            GrowAtTouch(tracee);
        else if (tracee.Process?.Image is { Borrowed: false, Space: { Watch: null } unwatched })
            Skirts.Inherit(tracee, unwatched);
        _ = _placement.Continue(tracee.Tid);
    }

    private ProcessImage? ChildImage(TracedProcess parent, ProcessImage? image, int pid, bool sharesMemory, bool verify = false)
    {
        if (image is null)
            return null;
        var space = sharesMemory ? image.Space : image.Space?.Fork(pid);
        if (!sharesMemory && space is not null && verify)
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
        PeakReader.Forget(process.Pid);
        if (process.Image is { } old)
        {
            BearUnborn(process, old, killed: false);
            EndImage(old, ImageEnd.Replaced);
        }

        process.Image = null;
        if (process.SegvAction.Handler != KernelAction.Ignore)
            process.SegvAction = default;
        SeenOutside(tracee);
        tracee.Exiting = false;
        tracee.TouchedAt = 0;
        if (!Started && tracee.Tid == _root && !MayBegin())
        {
            _ = Libc.Kill(_root, Signal.KILL);
            _ = Ptrace.Continue(_root);
            return;
        }

        Started |= tracee.Tid == _root;
        StartImage(tracee);
    }

    /// <summary>The new image is set up and starts.</summary>
    private void StartImage(Tracee tracee)
    {
        var process = tracee.Process!;
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;

        // What execve answers; the kernel puts it there only after the event.
        registers.Rax = 0;
        var image = _execSetup.SetUp(tracee, registers);
        image.Command = ProcessNames.OfProcess(process.Pid);
        image.Executable = ProcessNames.Executable(process.Pid);
        Announce(image);
        if (image.Space is { } space)
        {
            space.FollowsProtections = process.FollowsProtections;
            Check(space, process.Pid, unsettled: false);
            if (!_skirts.SendOff(tracee, space, registers))
                _ = Injector.Restore(tracee, registers);
        }

        _ = _placement.Continue(tracee.Tid);
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
}
