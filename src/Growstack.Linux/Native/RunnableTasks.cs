// How many threads of the machine have work right now.
using System.Buffers.Text;

namespace Growstack.Linux.Native;

/// <summary>Reads /proc/loadavg, whose file stays open: a look takes about a microsecond.</summary>
internal sealed unsafe class RunnableTasks : IDisposable
{
    private readonly int _file = Libc.Open("/proc/loadavg", OpenFlag.CloseOnExec);

    /// <summary>The number of runnable threads, the caller among them; 0 when it cannot be read.</summary>
    internal int Count
    {
        get
        {
            Span<byte> text = stackalloc byte[128];
            nint read;
            fixed (byte* at = text)
                read = Libc.Pread(_file, at, (nuint)text.Length, 0);
            if (read <= 0)
                return 0;

            // "0.20 0.18 0.12 1/80 11206": runnable and all threads stand around the slash.
            text = text[..(int)read];
            int slash = text.IndexOf((byte)'/');
            int before = slash < 0 ? -1 : text[..slash].LastIndexOf((byte)' ');
            return before >= 0 && Utf8Parser.TryParse(text[(before + 1)..slash], out int count, out _) ? count : 0;
        }
    }

    public void Dispose()
    {
        if (_file >= 0)
            _ = Libc.Close(_file);
    }
}
