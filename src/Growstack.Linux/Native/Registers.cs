// The registers of a stopped thread.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>struct user_regs_struct of x86-64, as PTRACE_GETREGS fills it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Registers
{
    public ulong R15;
    public ulong R14;
    public ulong R13;
    public ulong R12;
    public ulong Rbp;
    public ulong Rbx;
    public ulong R11;
    public ulong R10;
    public ulong R9;
    public ulong R8;
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rsi;
    public ulong Rdi;
    public ulong OrigRax;
    public ulong Rip;
    public ulong Cs;
    public ulong Flags;
    public ulong Rsp;
    public ulong Ss;
    public ulong FsBase;
    public ulong GsBase;
    public ulong Ds;
    public ulong Es;
    public ulong Fs;
    public ulong Gs;

    /// <summary>The code segment of 64-bit programs; 32-bit code runs in 0x23.</summary>
    internal const ulong Code64 = 0x33;

    /// <summary>The value of <see cref="OrigRax"/> that stands for "not in a system call".</summary>
    internal const ulong NoSyscall = ulong.MaxValue;

    /// <summary>The system call's number, or -1.</summary>
    public readonly long SyscallNumber => (long)OrigRax;

    /// <summary>Whether the system call was interrupted and the kernel has yet to decide whether to restart it.</summary>
    public readonly bool AwaitsRestart => SyscallNumber >= 0 && (long)Rax is <= -Errno.FirstRestart and >= -Errno.LastRestart;

    /// <summary>Steps back to the system call instruction, so that a call is made when the thread goes on.</summary>
    /// <param name="number">The call's number.</param>
    public void StepBackTo(ulong number)
    {
        const int syscallBytes = 2;
        Rip -= syscallBytes;
        Rax = number;
        OrigRax = NoSyscall;
    }
}
