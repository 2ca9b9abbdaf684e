// Reads the text files of /proc.
namespace Growstack.Linux.Native;

/// <summary>Whole files of /proc as bytes, without allocation once the buffer is large enough.</summary>
internal static unsafe class ProcText
{
    // One buffer for all reads of a thread: maps of large programs are long.
    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>Reads a file; empty when it cannot be read. Valid until the next call on this thread.</summary>
    internal static ReadOnlySpan<byte> Read(string path)
    {
        int fd = Libc.Open(path, OpenFlag.CloseOnExec);
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
}
