// Stops this process as the stop key does when nobody catches its signal.
using System.Runtime.InteropServices;

namespace Growstack.Cli.Live;

/// <summary>SIGTSTP with its default action. Unlike SIGSTOP it does nothing where no shell could continue the process.</summary>
internal static unsafe partial class StopSignal
{
    private const int Number = 20;

    /// <summary>More than a struct sigaction takes. All zero is the default action.</summary>
    private const int ActionBytes = 256;

    /// <summary>Stops; returns when the process has been continued.</summary>
    public static void Raise()
    {
        byte* usual = stackalloc byte[ActionBytes];
        byte* caught = stackalloc byte[ActionBytes];
        new Span<byte>(usual, ActionBytes).Clear();
        if (SetAction(Number, usual, caught) != 0)
            return;
        _ = RaiseHere(Number);
        _ = SetAction(Number, caught, null);
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SetAction(int signal, byte* action, byte* before);

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int RaiseHere(int signal);
}
