// Passes signals that other processes send to this one on to the traced program.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>
/// While it lives, the signals with which people and supervisors end or steer a program are handled by a few machine instructions: what another
/// process sent is sent on to the program; what the terminal sent is dropped, for the terminal sent it to the program too. Only of its hangup
/// the terminal tells no one but the session's leader: if that is this process, it is sent on. A handler in managed code could neither run in signal
/// context nor see who sent a signal. Signals this process ignores stay ignored, as nohup(1) wants it.
/// </summary>
internal sealed unsafe class SignalForwarder : IDisposable
{
    private const ulong WithInfo = 4;
    private const ulong Restart = 0x1000_0000;
    private const ulong HasRestorer = 0x0400_0000;

    /// <summary>Where in the code the looking at who sent a signal is done with.</summary>
    private const int WhoeverSent = 7;

    /// <summary>Where in the page of code the target's process id is read from: the page after it.</summary>
    private const int TargetAt = 4096;

    /// <summary>How many milliseconds a pending signal is waited for.</summary>
    private const int MostPauses = 100;

    private static readonly int[] Forwarded = [Signal.HUP, Signal.INT, Signal.QUIT, Signal.TERM, Signal.USR1, Signal.USR2];

    private readonly NativePages _pages = new(2 * 4096);
    private readonly (int Signal, KernelAction Before)[] _before;

    internal SignalForwarder()
    {
        ReadOnlySpan<byte> handler =
        [
            0x8b, 0x46, 0x08, //             mov eax, [rsi+8]    ; si_code: above 0, the kernel sent it
            0x85, 0xc0, //                   test eax, eax
            0x7f, 0x13, //                   jg done
            0x89, 0xfe, //                   mov esi, edi        ; the signal
            0x8b, 0x3d, 0xf1, 0x0f, 0, 0, // mov edi, [target]
            0x85, 0xff, //                   test edi, edi
            0x7e, 0x07, //                   jle done
            0xb8, SyscallNumber.Kill, 0, 0, 0, // mov eax, SYS_kill
            0x0f, 0x05, //                   syscall
            0xc3, //                   done: ret
        ];
        const int restorerAt = 64;
        ReadOnlySpan<byte> restorer = [0xb8, SyscallNumber.RtSigreturn, 0, 0, 0, 0x0f, 0x05];
        handler.CopyTo(new Span<byte>(_pages.Start, handler.Length));
        restorer.CopyTo(new Span<byte>(_pages.Start + restorerAt, restorer.Length));
        _pages.MakeExecutable(4096);

        bool leadsSession = Libc.Syscall(SyscallNumber.Getsid) == Libc.GetPid();
        var before = new List<(int, KernelAction)>();
        foreach (int signal in Forwarded)
        {
            if (!KernelAction.TryGet(signal, out var action) || action.Handler == KernelAction.Ignore)
                continue;
            before.Add((signal, action));
            _ = KernelAction.TrySet(signal, new KernelAction
            {
                Handler = (nint)(_pages.Start + (signal == Signal.HUP && leadsSession ? WhoeverSent : 0)),
                Flags = WithInfo | Restart | HasRestorer,
                Restorer = (nint)(_pages.Start + restorerAt),
            });
        }

        _before = [.. before];
    }

    /// <summary>The process that signals are sent on to; 0 for none.</summary>
    internal int Target
    {
        get => Volatile.Read(ref *(int*)(_pages.Start + TargetAt));
        set => Volatile.Write(ref *(int*)(_pages.Start + TargetAt), value);
    }

    /// <summary>Puts the former actions back. The page stays: a handler may still be running on another thread.</summary>
    /// <remarks>
    /// A key press reaches the program and this process at the same time, and the program's end may come first: what is pending then is still
    /// dropped, or it would end this process before it has said what it has to say.
    /// </remarks>
    public void Dispose()
    {
        Target = 0;
        ulong forwarded = 0;
        foreach (var (signal, _) in _before)
            forwarded |= 1UL << (signal - 1);
        for (int i = 0; i < MostPauses && (SignalState.Pending(Libc.GetPid()) & forwarded) != 0; i++)
            Thread.Sleep(1);
        foreach (var (signal, action) in _before)
            _ = KernelAction.TrySet(signal, action);
    }
}

/// <summary>struct sigaction as the kernel has it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelAction
{
    public nint Handler;
    public ulong Flags;
    public nint Restorer;
    public ulong Mask;

    /// <summary>SIG_DFL and SIG_IGN.</summary>
    internal const nint Default = 0;

    internal const nint Ignore = 1;

    internal static bool TryGet(int signal, out KernelAction action)
    {
        KernelAction value = default;
        bool ok = Libc.Syscall(SyscallNumber.RtSigaction, signal, 0, (nint)(&value), sizeof(ulong)) == 0;
        action = value;
        return ok;
    }

    internal static bool TrySet(int signal, KernelAction action) =>
        Libc.Syscall(SyscallNumber.RtSigaction, signal, (nint)(&action), 0, sizeof(ulong)) == 0;
}
