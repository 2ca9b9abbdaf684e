// Names of processes and threads, from /proc.
using System.Globalization;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>Reads names; empty or null when the process is gone or may not be looked at.</summary>
internal static class ProcessNames
{
    internal static string OfProcess(int pid) => Read($"/proc/{pid}/comm");

    internal static string OfThread(int pid, int tid) => Read($"/proc/{pid}/task/{tid}/comm");

    internal static string? Executable(int pid)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a process has a handler for a signal or ignores it; null when that cannot be read.</summary>
    internal static bool? HandlesOrIgnores(int pid, int signal)
    {
        var status = KernelMaps.ReadText($"/proc/{pid}/status");
        return SignalSet(status, "\nSigIgn:\t"u8) is { } ignored && SignalSet(status, "\nSigCgt:\t"u8) is { } caught
            ? ((ignored | caught) & (1UL << (signal - 1))) != 0
            : null;
    }

    /// <summary>The signals that are pending for a process as a whole, bit n - 1 for signal n.</summary>
    internal static ulong Pending(int pid) => SignalSet(KernelMaps.ReadText($"/proc/{pid}/status"), "\nShdPnd:\t"u8) ?? 0;

    private static ulong? SignalSet(ReadOnlySpan<byte> status, ReadOnlySpan<byte> field)
    {
        int at = status.IndexOf(field);
        return at >= 0 && ulong.TryParse(status.Slice(at + field.Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong set) ? set : null;
    }

    private static string Read(string path) => SystemText.Text(KernelMaps.ReadText(path).TrimEnd((byte)'\n'));
}
