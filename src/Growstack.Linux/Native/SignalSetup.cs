// This process's own handling of signals while it traces.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>Adjusts signal actions of this process.</summary>
internal static unsafe class SignalSetup
{
    private const ulong NoChildStop = 1;

    /// <summary>struct sigaction as the kernel has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct KernelAction
    {
        public nint Handler;
        public ulong Flags;
        public nint Restorer;
        public ulong Mask;
    }

    /// <summary>
    /// Keeps .NET's SIGCHLD handler, if it is installed, from being run for every stop of a tracee: it wants to know of ends only, and thousands of
    /// stops a second would drown it.
    /// </summary>
    internal static void QuietChildStops()
    {
        KernelAction action = default;
        if (Libc.Syscall(SyscallNumber.RtSigaction, Signal.CHLD, 0, (nint)(&action), sizeof(ulong)) != 0 || action.Handler is 0 or 1)
            return;
        action.Flags |= NoChildStop;
        _ = Libc.Syscall(SyscallNumber.RtSigaction, Signal.CHLD, (nint)(&action), 0, sizeof(ulong));
    }
}
