// What a process does with signals, from /proc.
using System.Globalization;

namespace Growstack.Linux.Native;

/// <summary>Reads the sets of signals in /proc/PID/status.</summary>
internal static class SignalState
{
    /// <summary>Whether a process has a handler for a signal or ignores it; null when that cannot be read.</summary>
    internal static bool? HandlesOrIgnores(int pid, int signal)
    {
        var status = ProcText.Read($"/proc/{pid}/status");
        return SignalSet(status, "\nSigIgn:\t"u8) is { } ignored && SignalSet(status, "\nSigCgt:\t"u8) is { } caught
            ? ((ignored | caught) & (1UL << (signal - 1))) != 0
            : null;
    }

    /// <summary>The signals that are pending for a process as a whole, bit n - 1 for signal n.</summary>
    internal static ulong Pending(int pid) => SignalSet(ProcText.Read($"/proc/{pid}/status"), "\nShdPnd:\t"u8) ?? 0;

    private static ulong? SignalSet(ReadOnlySpan<byte> status, ReadOnlySpan<byte> field)
    {
        int at = status.IndexOf(field);
        return at >= 0 && ulong.TryParse(status.Slice(at + field.Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong set) ? set : null;
    }
}
