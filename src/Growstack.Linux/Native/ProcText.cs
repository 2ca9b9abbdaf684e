// Reads the text files of /proc.
namespace Growstack.Linux.Native;

/// <summary>Whole files of /proc as bytes, without allocation once the buffer is large enough.</summary>
internal static unsafe class ProcText
{
    // One buffer for all reads of a thread: maps of large programs are long.
    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>Reads a file; empty when it cannot be read. Valid until the next call on this thread.</summary>
    /// <param name="path">The file.</param>
    /// <param name="once">Whether one read gets all of it, as of files that hold one word.</param>
    internal static ReadOnlySpan<byte> Read(string path, bool once = false)
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
            if (once)
                break;
        }

        _ = Libc.Close(fd);
        return _buffer.AsSpan(0, used);
    }

    /// <summary>Reads where a symbolic link points; empty when it cannot be read. Valid until the next call on this thread.</summary>
    internal static ReadOnlySpan<byte> ReadLink(string path)
    {
        _buffer ??= new byte[16384];
        fixed (byte* at = _buffer)
            return Libc.ReadLink(path, at, (nuint)_buffer.Length) is > 0 and var length ? _buffer.AsSpan(0, (int)length) : default;
    }
}
