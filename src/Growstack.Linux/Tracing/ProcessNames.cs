// Names of processes and threads, from /proc.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>Reads names; empty or null when the process is gone or may not be looked at.</summary>
internal static class ProcessNames
{
    internal static string OfProcess(int pid) => Read($"/proc/{pid}/comm");

    /// <summary>A process's arguments, the program's name first; the name given here when they cannot be read.</summary>
    internal static string[] CommandLine(int pid, string otherwise)
    {
        string text = SystemText.Text(ProcText.Read($"/proc/{pid}/cmdline"));
        return text.Length == 0 ? [otherwise] : text.TrimEnd('\0').Split('\0');
    }

    internal static string OfThread(int pid, int tid) => Read($"/proc/{pid}/task/{tid}/comm");

    internal static string? Executable(int pid) => ProcText.ReadLink($"/proc/{pid}/exe") is { IsEmpty: false } path ? SystemText.Text(path) : null;

    private static string Read(string path) => SystemText.Text(ProcText.Read(path, once: true).TrimEnd((byte)'\n'));
}
