// Signals on their way to the program.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    private void OnSignal(Tracee tracee, int signal)
    {
        var image = tracee.Process!.Image;
        if (image?.Space is not { } space || !Ptrace.GetRegisters(tracee.Tid, out var registers))
        {
            _ = _placement.Continue(tracee.Tid, signal);
            return;
        }

        if (tracee.Slot >= 0 && tracee.Process.Trampoline.ContainsCode(registers.Rip))
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
    /// the program's that was not, is made after the signal, as if that had arrived a moment earlier; the tracer's is made at once, and the signal
    /// sent again.
    /// </summary>
    private void SignalInSlot(Tracee tracee, AddressSpace space, int signal, in Registers registers)
    {
        var progress = SlotCalls.Progress(tracee, registers, out long result);
        if (progress == SlotProgress.Before && tracee.Passage.OfTracer)
        {
            if (!Ptrace.GetSignalInfo(tracee.Tid, out var info))
                return;
            Span<SyscallRow> rows = [new SyscallRow((long)registers.Rax, registers.Rdi, registers.Rsi, registers.Rdx, registers.R10, registers.R8, registers.R9)];
            bool made = _injector.Run(tracee, tracee.Passage.After, rows);
            if (made && rows[0].Failed && tracee.Passage.Growing is { } stack)
                ForgetPiece(space, stack, tracee.Passage);
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

    /// <summary>
    /// Sends a signal again that was taken out of delivery, with all its information: a thread may send itself any. The tracee goes on with the
    /// given registers.
    /// </summary>
    private void SendAgain(Tracee tracee, in Registers registers, in SignalInfo info)
    {
        Span<SyscallRow> rows =
        [
            new SyscallRow(SyscallNumber.RtTgsigqueueinfo, (ulong)tracee.Process!.Pid, (ulong)tracee.Tid, (ulong)info.Number, tracee.Process.Trampoline.Scratch),
        ];
        var copy = info;
        if (!_injector.Run(tracee, registers, rows, MemoryMarshal.AsBytes(new ReadOnlySpan<SignalInfo>(in copy))))
            return;
        _ = Injector.Restore(tracee, registers);
        _ = _placement.Continue(tracee.Tid);
    }
}
