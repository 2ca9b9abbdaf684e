// System calls: stops at their entry and exit.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    private void OnSyscallEntry(Tracee tracee)
    {
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;
        var process = tracee.Process!;
        if (registers.SyscallNumber == SyscallNumber.Report && process.Trampoline.ContainsCode(registers.Rip))
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

        if (registers.SyscallNumber == SyscallNumber.Clone)
        {
            // Its child is to be traced all the same. Both get the argument back as it was once there is a child, or the call has failed.
            tracee.Awaited = CallInFlight.UntracedClone;
            registers.Rdi &= ~CloneFlag.Untraced;
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
            _ = _placement.ContinueToSyscall(tracee.Tid);
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

    /// <summary>The image that has a report of its own, of those that share an address space.</summary>
    private ProcessImage Owner(ProcessImage image) => !image.Borrowed
        ? image
        : _processes.Values.FirstOrDefault(process => process.Image is { Borrowed: false } other && other.Space == image.Space)?.Image ?? image;

    private void OnSyscallExit(Tracee tracee)
    {
        var awaited = tracee.Awaited;
        tracee.Awaited = CallInFlight.None;
        if (awaited == CallInFlight.UntracedClone)
            SetUntraced(tracee);
        if (awaited == CallInFlight.Ptrace && tracee.Process!.Image is { } image && Ptrace.GetRegisters(tracee.Tid, out var answered))
            Owner(image).WasRefusedPtrace |= (long)answered.Rax == -Errno.EPERM;
        if (awaited == CallInFlight.Memory && tracee.Process!.Image?.Space is { } space && Ptrace.GetRegisters(tracee.Tid, out var registers)
            && _memory.AtExit(tracee, space, ref registers))
        {
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
        }

        _ = _placement.Continue(tracee.Tid);
    }
}
