// This process's own handling of SIGCHLD while it traces.
namespace Growstack.Linux.Native;

/// <summary>Adjusts signal actions of this process.</summary>
internal static class SignalSetup
{
    private const ulong NoChildStop = 1;

    /// <summary>
    /// Keeps .NET's SIGCHLD handler, if it is installed, from being run for every stop of a tracee: it wants to know of ends only, and thousands of
    /// stops a second would drown it.
    /// </summary>
    internal static void QuietChildStops()
    {
        if (!KernelAction.TryGet(Signal.CHLD, out var action) || action.Handler is 0 or 1)
            return;
        action.Flags |= NoChildStop;
        _ = KernelAction.TrySet(Signal.CHLD, action);
    }
}
