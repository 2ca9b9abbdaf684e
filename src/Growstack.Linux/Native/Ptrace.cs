// ptrace(2) requests with types, and waiting for tracees.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>ptrace(2). Every member must be called on the tracer's thread. False or a negative answer: the tracee is gone (ESRCH) or not stopped.</summary>
internal static unsafe class Ptrace
{
    internal const int EventFork = 1;
    internal const int EventVfork = 2;
    internal const int EventClone = 3;
    internal const int EventExec = 4;
    internal const int EventExit = 6;
    internal const int EventSeccomp = 7;
    internal const int EventStop = 128;

    /// <summary>The stop signal of a system call stop under PTRACE_O_TRACESYSGOOD.</summary>
    internal const int SyscallStop = Signal.TRAP | 0x80;

    internal const int TraceMe = 0;
    internal const int Attach = 16;

    private const int ContRequest = 7;
    private const int GetRegs = 12;
    private const int SetRegs = 13;
    private const int SyscallRequest = 24;
    private const int DetachRequest = 17;
    private const int GetEventMsg = 0x4201;
    private const int GetSigInfo = 0x4202;
    internal const int SeizeRequest = 0x4206;
    private const int InterruptRequest = 0x4207;
    private const int ListenRequest = 0x4208;
    private const int GetSigMask = 0x420a;
    private const int SetSigMask = 0x420b;

    private const int TraceSysGood = 1;
    private const int ExitKill = 1 << 20;

    /// <summary>WALL: also threads; WNOTHREAD: only this thread's children and tracees, so that nobody else's child is ever reaped.</summary>
    private const int WaitAllOfThisThread = 0x40000000 | 0x20000000;

    private const int WaitNoHang = 1;

    /// <summary>Makes a process a tracee, with every event on and to be killed when the tracer dies. 0, or the error.</summary>
    internal static int Seize(int pid)
    {
        const int events = (1 << EventFork) | (1 << EventVfork) | (1 << EventClone) | (1 << EventExec) | (1 << EventExit) | (1 << EventSeccomp);
        return Libc.Ptrace(SeizeRequest, pid, 0, TraceSysGood | ExitKill | events) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Resumes until the next stop, delivering a signal if not 0.</summary>
    internal static bool Continue(int tid, int signal = 0) => Libc.Ptrace(ContRequest, tid, 0, signal) == 0;

    /// <summary>As <see cref="Continue"/>, but stops at the next system call's entry or exit too.</summary>
    internal static bool ContinueToSyscall(int tid, int signal = 0) => Libc.Ptrace(SyscallRequest, tid, 0, signal) == 0;

    /// <summary>Leaves a tracee in its group stop, to be told of SIGCONT.</summary>
    internal static bool Listen(int tid) => Libc.Ptrace(ListenRequest, tid, 0, 0) == 0;

    internal static bool Interrupt(int tid) => Libc.Ptrace(InterruptRequest, tid, 0, 0) == 0;

    internal static bool Detach(int tid, int signal) => Libc.Ptrace(DetachRequest, tid, 0, signal) == 0;

    internal static bool GetRegisters(int tid, out Registers registers)
    {
        Unsafe.SkipInit(out registers);
        return Libc.Ptrace(GetRegs, tid, 0, (nint)Unsafe.AsPointer(ref registers)) == 0;
    }

    internal static bool SetRegisters(int tid, in Registers registers)
    {
        fixed (Registers* at = &registers)
            return Libc.Ptrace(SetRegs, tid, 0, (nint)at) == 0;
    }

    internal static bool GetSignalInfo(int tid, out SignalInfo info)
    {
        info = default;
        return Libc.Ptrace(GetSigInfo, tid, 0, (nint)Unsafe.AsPointer(ref info)) == 0;
    }

    internal static bool GetEventMessage(int tid, out ulong message)
    {
        ulong value = 0;
        bool ok = Libc.Ptrace(GetEventMsg, tid, 0, (nint)(&value)) == 0;
        message = value;
        return ok;
    }

    internal static bool GetSignalMask(int tid, out ulong mask)
    {
        ulong value = 0;
        bool ok = Libc.Ptrace(GetSigMask, tid, sizeof(ulong), (nint)(&value)) == 0;
        mask = value;
        return ok;
    }

    internal static bool SetSignalMask(int tid, ulong mask) => Libc.Ptrace(SetSigMask, tid, sizeof(ulong), (nint)(&mask)) == 0;

    /// <summary>Waits for any tracee of this thread. The thread id; 0 when none is stopped and the call was not to block; or the negated error.</summary>
    internal static int WaitAny(out int status, bool block) => Wait(-1, out status, block);

    /// <summary>Waits for any tracee of this thread, or for a signal to this thread; of that, 0 tells.</summary>
    internal static int WaitAnyOrSignal(out int status) => Wait(-1, out status, untilSignal: true);

    /// <summary>Waits for one tracee; answers as <see cref="WaitAny"/>.</summary>
    internal static int Wait(int tid, out int status, bool block = true, bool untilSignal = false)
    {
        int value = 0;
        int options = WaitAllOfThisThread | (block ? 0 : WaitNoHang);
        while (true)
        {
            int pid = Libc.Wait4(tid, &value, options, null);
            if (pid >= 0)
            {
                status = value;
                return pid;
            }

            int error = Marshal.GetLastPInvokeError();
            status = 0;
            if (error != Errno.EINTR)
                return -error;
            if (untilSignal)
                return 0;
        }
    }
}

/// <summary>A status of wait(2), taken apart.</summary>
internal readonly record struct WaitStatus(int Raw)
{
    /// <summary>Whether the thread or process exited by itself.</summary>
    public bool Exited => (Raw & 0x7f) == 0;

    /// <summary>Its exit status, 0 to 255.</summary>
    public int ExitStatus => (Raw >> 8) & 0xff;

    /// <summary>Whether it is stopped.</summary>
    public bool Stopped => (Raw & 0xff) == 0x7f;

    /// <summary>Whether a signal ended it.</summary>
    public bool Signaled => !Exited && !Stopped;

    /// <summary>The signal that ended it.</summary>
    public int EndSignal => Raw & 0x7f;

    /// <summary>The signal of a stop.</summary>
    public int StopSignal => (Raw >> 8) & 0xff;

    /// <summary>The ptrace event of a stop; 0 for none.</summary>
    public int Event => (Raw >> 16) & 0xff;
}
