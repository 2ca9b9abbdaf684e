// A thread's state, from /proc.
namespace Growstack.Linux.Native;

/// <summary>Reads the state that /proc/TID/stat shows.</summary>
internal static class ProcessState
{
    /// <summary>Whether a thread has ended, though perhaps nobody has waited for it yet.</summary>
    internal static bool IsDead(int tid)
    {
        // "PID (NAME) STATE": the name may hold anything, also parentheses.
        var text = ProcText.Read($"/proc/{tid}/stat");
        int state = text.LastIndexOf((byte)')') + 2;
        return state >= text.Length || text[state] is (byte)'Z' or (byte)'X';
    }
}
