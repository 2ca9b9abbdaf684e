// Signal numbers, and what a signal-delivery stop tells.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>Signal numbers of Linux x86-64.</summary>
internal static class Signal
{
    internal const int HUP = 1;
    internal const int INT = 2;
    internal const int QUIT = 3;
    internal const int ILL = 4;
    internal const int TRAP = 5;
    internal const int ABRT = 6;
    internal const int BUS = 7;
    internal const int FPE = 8;
    internal const int KILL = 9;
    internal const int USR1 = 10;
    internal const int SEGV = 11;
    internal const int USR2 = 12;
    internal const int PIPE = 13;
    internal const int TERM = 15;
    internal const int CHLD = 17;
    internal const int CONT = 18;
    internal const int STOP = 19;
    internal const int TSTP = 20;
    internal const int TTIN = 21;
    internal const int TTOU = 22;
    internal const int SYS = 31;
    internal const int Last = 64;

    /// <summary>The signals that no program blocks, bit n - 1 for signal n: the kernel keeps KILL and STOP from it, C libraries their own.</summary>
    internal const ulong NeverBlocked = (1UL << (KILL - 1)) | (1UL << (STOP - 1)) | (7UL << 31);

    /// <summary>Whether it is one of the signals by which programs mostly end when they do not handle them.</summary>
    internal static bool EndsByDefault(int signal) => signal is SEGV or ABRT or BUS or FPE or ILL or TRAP or SYS or TERM or INT or HUP or QUIT or PIPE;

    /// <summary>Whether the signal stops a process by default.</summary>
    internal static bool IsStop(int signal) => signal is STOP or TSTP or TTIN or TTOU;
}

/// <summary>siginfo_t: its head and, for a fault, the address.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SignalInfo
{
    public int Number;
    public int Error;
    public int Code;
    private readonly int _pad;
    public ulong FaultAddress;

    /// <summary>SEGV_MAPERR: nothing is mapped at the address.</summary>
    internal const int NotMapped = 1;

    /// <summary>SEGV_ACCERR: the mapping does not permit the access.</summary>
    internal const int NotPermitted = 2;
}
