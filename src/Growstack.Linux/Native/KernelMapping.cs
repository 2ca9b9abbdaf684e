// One of the kernel's mappings, as /proc/PID/maps shows it.
using System.Globalization;
using System.Text;
using Growstack.Maps;

namespace Growstack.Linux.Native;

/// <summary>One line of /proc/PID/maps.</summary>
internal readonly record struct KernelMapping(ulong Start, ulong End, VmProt Protection, bool Shared, ulong Offset, ulong Inode, string? Path)
{
    /// <summary>Whether a file backs it. The kernel's own mappings, as [vdso], have a name but no inode.</summary>
    internal bool IsFile => Inode != 0;

    internal bool IsKernelOwned => Path is ['[', 'v', ..];

    /// <summary>Reads <c>start-end rwxp offset major:minor inode name</c>.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out KernelMapping mapping)
    {
        mapping = default;
        var rest = line;
        if (!TryHex(ref rest, (byte)'-', out ulong start) || !TryHex(ref rest, (byte)' ', out ulong end) || rest.Length < 5)
            return false;
        var protection = (rest[0] == 'r' ? VmProt.Read : VmProt.None) | (rest[1] == 'w' ? VmProt.Write : VmProt.None) | (rest[2] == 'x' ? VmProt.Execute : VmProt.None);
        bool shared = rest[3] == 's';
        rest = rest[5..];
        if (!TryHex(ref rest, (byte)' ', out ulong offset))
            return false;
        int space = rest.IndexOf((byte)' '); // the device
        rest = rest[(space + 1)..];
        int digits = rest.IndexOf((byte)' ');
        var number = digits < 0 ? rest : rest[..digits];
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
            return false;
        var name = digits < 0 ? default : rest[digits..].TrimStart((byte)' ');
        mapping = new KernelMapping(start, end, protection, shared, offset, inode, name.IsEmpty ? null : Encoding.UTF8.GetString(name));
        return true;
    }

    private static bool TryHex(ref ReadOnlySpan<byte> text, byte terminator, out ulong value)
    {
        int end = text.IndexOf(terminator);
        value = 0;
        if (end <= 0 || !ulong.TryParse(text[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            return false;
        text = text[(end + 1)..];
        return true;
    }
}
