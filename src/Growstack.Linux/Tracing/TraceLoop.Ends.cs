// Ends of threads, processes and program images, and what is measured while their memory is still there.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    private void OnExit(Tracee tracee)
    {
        NoteMidway(tracee);
        tracee.Exiting = true;
        SeenOutside(tracee);
        var process = tracee.Process!;
        if (tracee.Record is { } record)
        {
            record.Measure(process.Pid);
            process.Image?.End(record);
            _observer?.OnThreadEnded(process.Pid, tracee.Tid, record.Report());
        }

        if (tracee.Tid == process.Pid || process.Threads == 1)
        {
            Measure(process);
            if (process.Image is { Borrowed: false, Space: { } space } image)
            {
                Check(space, process.Pid, unsettled: process.Threads > 1);
                if (_options.KeepMaps)
                    image.FinalMap = MapComparison.Snapshot(space, process);
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

    /// <summary>A thread ends. Killed in the middle of a memory call, or before that began, it leaves open whether it was made.</summary>
    private static void NoteMidway(Tracee tracee)
    {
        if (tracee.Process?.Image?.Space is not { } space || (tracee is { Slot: < 0, Awaited: not CallInFlight.Memory } && !space.CallsInFlight.Has(tracee)))
            return;
        space.IsUnsettled |= tracee.Awaited == CallInFlight.Memory || !Ptrace.GetRegisters(tracee.Tid, out var registers) || tracee.Process.Trampoline.ContainsCode(registers.Rip)
            || registers.SyscallNumber is < 0 or SyscallNumber.Mmap or SyscallNumber.Munmap or SyscallNumber.Mprotect or SyscallNumber.PkeyMprotect or SyscallNumber.Mremap or SyscallNumber.Brk;
    }

    /// <summary>
    /// Compares the map with the kernel's when asked to. A thread that runs or was killed in the middle of a memory call leaves the two apart by that
    /// call, whichever the kernel did; then the kernel's word is taken.
    /// </summary>
    private void Check(AddressSpace space, int pid, bool unsettled)
    {
        if (unsettled || space.IsUnsettled)
        {
            if (_options.Verify || _options.KeepMaps)
                _ = MapComparison.Difference(space, pid, adopt: true);
        }
        else if (_options.Verify && MapComparison.Difference(space, pid, adopt: false) is { } difference)
            throw new TracerException("The map and the kernel's differ: " + difference + ".");
    }

    private void End(Tracee tracee, WaitStatus status)
    {
        if (!tracee.Exiting)
            NoteMidway(tracee);
        _ = _tracees.Remove(tracee.Tid);
        Hold(tracee, false);
        tracee.Slot = -1;
        if (tracee.Process is not { } process)
        {
            _endedUnborn[tracee.Tid] = status;
            return;
        }

        process.Threads--;
        if (tracee.Record is { } record)
            process.Image?.End(record);
        if (tracee.Tid != process.Pid)
            return;
        _ = _processes.Remove(process.Pid);
        PeakReader.Forget(process.Pid);
        if (process.Image is { } image)
        {
            BearUnborn(process, image, killed: status.Signaled);
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

    private void EndImage(ProcessImage image, ImageEnd end, int exitStatus = 0, int signal = 0)
    {
        image.Dispose();
        if (image.ReportIndex < 0)
            return;
        var report = image.Report(end, exitStatus, signal);
        _reports[image.ReportIndex] = report;
        _observer?.OnImageEnded(report);
    }
}
