// States of processes and threads, from /proc.
using System.Buffers.Text;
using System.Globalization;

namespace Growstack.Linux.Native;

/// <summary>Reads what /proc says of processes and threads while they run.</summary>
internal static class ProcessState
{
    /// <summary>Whether a thread has ended, though perhaps nobody has waited for it yet.</summary>
    internal static bool IsDead(int tid)
    {
        var text = AfterName(tid);
        return text.IsEmpty || text[0] is (byte)'Z' or (byte)'X';
    }

    /// <summary>Whether an id is that of a thread beside its process's first.</summary>
    internal static bool IsThread(int tid)
    {
        var text = ProcText.Read($"/proc/{tid}/status");
        var label = "\nTgid:\t"u8;
        int at = text.IndexOf(label);
        return at >= 0 && Utf8Parser.TryParse(text[(at + label.Length)..], out int process, out _) && process != tid;
    }

    /// <summary>The parent of a process; 0 when there is no such process.</summary>
    internal static int Parent(int pid)
    {
        var text = AfterName(pid);
        return text.Length > 2 && Utf8Parser.TryParse(text[2..], out int parent, out _) ? parent : 0;
    }

    /// <summary>Whether a thread of a process may be making a child just now: it is in one of the calls for that, or its call cannot be told.</summary>
    internal static bool MayBeForking(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Any(task =>
                int.TryParse(Path.GetFileName(task.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int tid)
                && (!Utf8Parser.TryParse(ProcText.Read($"/proc/{tid}/syscall", once: true), out int number, out _)
                    || number is SyscallNumber.Clone or SyscallNumber.Fork or SyscallNumber.Vfork or SyscallNumber.Clone3));
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>"STATE PARENT ..." of "PID (NAME) STATE PARENT ...": the name may hold anything, also parentheses.</summary>
    private static ReadOnlySpan<byte> AfterName(int tid)
    {
        var text = ProcText.Read($"/proc/{tid}/stat");
        int state = text.LastIndexOf((byte)')') + 2;
        return state >= text.Length ? default : text[state..];
    }
}
