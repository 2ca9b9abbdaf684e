// Reads the kernel's own list of a process's mappings.
using System.Globalization;
using System.Text;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>One line of /proc/PID/maps.</summary>
internal readonly record struct KernelMapping(ulong Start, ulong End, VmProt Protection, bool Shared, ulong Offset, ulong Inode, string? Path)
{
    /// <summary>Whether a file backs it. The kernel's own mappings, as [vdso], have a name but no inode.</summary>
    internal bool IsFile => Inode != 0;

    internal bool IsKernelOwned => Path is ['[', 'v', ..];
}

/// <summary>Reads /proc/PID/maps, in the address order the kernel writes it in.</summary>
internal static unsafe class KernelMaps
{
    private const int CloseOnExec = 0x80000;

    // One buffer for all reads: the tracer's thread is the only reader, and maps of large programs are long.
    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>Reads the mappings below the user address limit; null when they cannot be read.</summary>
    internal static List<KernelMapping>? Read(int pid)
    {
        var text = ReadText($"/proc/{pid}/maps");
        if (text.IsEmpty)
            return null;
        var mappings = new List<KernelMapping>();
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!TryParse(line, out var mapping))
                return null;
            if (mapping.End <= AddressSpace.UserEnd)
                mappings.Add(mapping);
        }

        return mappings;
    }

    /// <summary>Reads a whole small file of /proc; empty when it cannot be read. Valid until the next call on this thread.</summary>
    internal static ReadOnlySpan<byte> ReadText(string path)
    {
        int fd = Libc.Open(path, CloseOnExec);
        if (fd < 0)
            return default;
        _buffer ??= new byte[16384];
        int used = 0;
        while (true)
        {
            if (used == _buffer.Length)
                Array.Resize(ref _buffer, used * 2);
            nint got;
            fixed (byte* at = _buffer)
                got = Libc.Read(fd, at + used, (nuint)(_buffer.Length - used));
            if (got <= 0)
                break;
            used += (int)got;
        }

        _ = Libc.Close(fd);
        return _buffer.AsSpan(0, used);
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out KernelMapping mapping)
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
