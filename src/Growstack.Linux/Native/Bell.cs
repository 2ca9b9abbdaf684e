// Ends a thread's blocking wait from another thread.
namespace Growstack.Linux.Native;

/// <summary>
/// A signal with a handler that does nothing, so that wait4(2) in the thread it is sent to answers EINTR. The signal is the highest that this process has
/// left at its default; the action is put back by <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe class Bell : IDisposable
{
    private const ulong HasRestorer = 0x0400_0000;
    private const int FirstRealTime = 34;

    private readonly NativePages _code = new(4096);
    private readonly int _thread;
    private readonly int _signal;

    /// <summary>Made on the thread that is to hear it.</summary>
    internal Bell()
    {
        const int restorerAt = 16;
        ReadOnlySpan<byte> restorer = [0xb8, SyscallNumber.RtSigreturn, 0, 0, 0, 0x0f, 0x05];
        *_code.Start = 0xc3; // the handler: ret
        restorer.CopyTo(new Span<byte>(_code.Start + restorerAt, restorer.Length));
        _code.MakeExecutable(_code.Length);
        _thread = (int)Libc.Syscall(SyscallNumber.Gettid);

        // Without SA_RESTART.
        var action = new KernelAction { Handler = (nint)_code.Start, Flags = HasRestorer, Restorer = (nint)(_code.Start + restorerAt) };
        for (int signal = Signal.Last; signal > FirstRealTime && _signal == 0; signal--)
        {
            if (KernelAction.TryGet(signal, out var before) && before.Handler == KernelAction.Default && KernelAction.TrySet(signal, action))
                _signal = signal;
        }
    }

    /// <summary>Rings. One that finds the thread not waiting is not heard.</summary>
    internal void Ring()
    {
        if (_signal != 0)
            _ = Libc.Syscall(SyscallNumber.Tgkill, Libc.GetPid(), _thread, _signal);
    }

    /// <summary>On the thread that hears it, when nobody rings any more: one that is still on its way has arrived by the return of the first call.</summary>
    public void Dispose()
    {
        if (_signal != 0)
            _ = KernelAction.TrySet(_signal, default);
        _code.Dispose();
    }
}
