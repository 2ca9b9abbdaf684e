// A thread's state, from /proc.
namespace Growstack.Linux.Native;

/// <summary>Reads the state that /proc/TID/stat shows.</summary>
internal static class ProcessState
{
    /// <summary>Whether a thread has ended, though perhaps nobody has waited for it yet.</summary>
    internal static unsafe bool IsDead(int tid)
    {
        int file = Libc.Open($"/proc/{tid}/stat", flags: 0);
        if (file < 0)
            return true;
        Span<byte> text = stackalloc byte[512];
        nint read;
        fixed (byte* at = text)
            read = Libc.Read(file, at, (nuint)text.Length);
        _ = Libc.Close(file);
        if (read <= 0)
            return true;

        // "PID (NAME) STATE": the name may hold anything, also parentheses.
        int state = text[..(int)read].LastIndexOf((byte)')') + 2;
        return state >= read || text[state] is (byte)'Z' or (byte)'X';
    }
}
