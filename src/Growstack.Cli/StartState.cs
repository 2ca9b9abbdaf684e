// What this process was started with and the runtime has changed since.
using System.Runtime.InteropServices;

namespace Growstack.Cli;

/// <summary>The state of this process before the runtime began. Known to the published command only; StartState.c looks at it.</summary>
internal static partial class StartState
{
    /// <summary>Whether SIGPIPE was ignored; false where that is not known.</summary>
    public static bool PipeWasIgnored
    {
        get
        {
            try
            {
                return Ask() != 0;
            }
            catch (DllNotFoundException)
            {
                return false;
            }
        }
    }

    [LibraryImport("growstack-start", EntryPoint = "growstack_pipe_was_ignored")]
    private static partial int Ask();
}
