// Keeps what a program has done with SIGSEGV over a fault that it is not to notice.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>The kernel resets SIGSEGV to its default and unblocks it when a fault meets it blocked or ignored, before the tracer sees the stop.</summary>
internal sealed class SegvState(Injector injector)
{
    /// <summary>
    /// Whether the kernel has forgotten the program's action for this fault. For an overflow that is as it should be, for the signal then ends the
    /// process.
    /// </summary>
    internal static bool IsActionLost(Tracee tracee, int pid) =>
        tracee.Process!.SegvAction.Handler != KernelAction.Default && SignalState.HandlesOrIgnores(pid, Signal.SEGV) is false;

    /// <summary>
    /// The stack grew, and the program must not notice: a forgotten action is set again, and the signal blocked again, so that the program finds
    /// what it left. Where the action was the default nothing tells whether the signal was blocked; a thread that has all others blocked has
    /// blocked it too.
    /// </summary>
    internal void Keep(Tracee tracee, bool actionLost, in Registers registers)
    {
        const ulong segv = 1UL << (Signal.SEGV - 1);
        var action = tracee.Process!.SegvAction;
        if (action.Handler == KernelAction.Default)
        {
            if (Ptrace.GetSignalMask(tracee.Tid, out ulong others) && (others | segv | Signal.NeverBlocked) == ulong.MaxValue)
                _ = Ptrace.SetSignalMask(tracee.Tid, others | segv);
            return;
        }

        if (!actionLost)
            return;
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.RtSigaction, Signal.SEGV, tracee.Process!.Trampoline.Scratch, 0, sizeof(ulong))];
        _ = injector.Run(tracee, registers, rows, MemoryMarshal.AsBytes(new ReadOnlySpan<KernelAction>(in action)));
        _ = Injector.Restore(tracee, registers);
        if (action.Handler != KernelAction.Ignore && Ptrace.GetSignalMask(tracee.Tid, out ulong mask))
            _ = Ptrace.SetSignalMask(tracee.Tid, mask | segv);
    }
}
