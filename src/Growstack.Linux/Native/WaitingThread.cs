// Where a thread waits, from /proc.
namespace Growstack.Linux.Native;

/// <summary>Where a thread is that waits for a page.</summary>
internal enum WaitsIn
{
    /// <summary>Nowhere yet: it is running, or about to.</summary>
    Nothing,

    /// <summary>In its own code.</summary>
    ItsOwnCode,

    /// <summary>In the kernel, on behalf of a system call; or it is gone.</summary>
    SystemCall,
}

/// <summary>Reads /proc/TID/syscall.</summary>
internal static class WaitingThread
{
    /// <summary>How often a thread that was about to wait is looked at in a row.</summary>
    private const int Looks = 20;

    internal static WaitsIn Where(int tid)
    {
        string path = $"/proc/{tid}/syscall";
        for (int look = 0; look < Looks; look++)
        {
            var text = ProcText.Read(path, once: true);
            if (!text.StartsWith("running"u8))
                return text.StartsWith("-1 "u8) ? WaitsIn.ItsOwnCode : WaitsIn.SystemCall;
        }

        return WaitsIn.Nothing;
    }
}
