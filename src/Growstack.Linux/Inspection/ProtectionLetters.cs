// Protections as /proc/PID/maps and procstat(1) write them.
using Growstack.Maps;

namespace Growstack.Linux.Inspection;

/// <summary>Writes protections as letters.</summary>
public static class ProtectionLetters
{
    /// <summary><c>rwx</c>, with <c>-</c> for what is not allowed.</summary>
    public static string Letters(this VmProt protection) => string.Create(3, protection, static (text, p) =>
    {
        text[0] = p.HasFlag(VmProt.Read) ? 'r' : '-';
        text[1] = p.HasFlag(VmProt.Write) ? 'w' : '-';
        text[2] = p.HasFlag(VmProt.Execute) ? 'x' : '-';
    });
}
