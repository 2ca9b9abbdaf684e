// Page-granular memory of this process that machine code or another process reads.
using System.Runtime.InteropServices;
using System.Text;

namespace Growstack.Linux.Native;

/// <summary>Zeroed pages outside the managed heap, with a bump allocator on top. Freed by <see cref="Dispose"/>.</summary>
internal sealed unsafe class NativePages : IDisposable
{
    private const int ProtRead = 1;
    private const int ProtWrite = 2;
    private const int ProtExecute = 4;
    private const int PrivateAnonymous = 0x22;

    private readonly nuint _length;
    private byte* _start;
    private nuint _used;

    internal NativePages(nuint length)
    {
        _length = (length + 4095) & ~(nuint)4095;
        void* start = Libc.Mmap(null, _length, ProtRead | ProtWrite, PrivateAnonymous, -1, 0);
        if (start == (void*)-1)
            throw new InvalidOperationException("mmap: " + Errno.Describe(Marshal.GetLastPInvokeError()));
        _start = (byte*)start;
    }

    internal byte* Start => _start;

    internal nuint Length => _length;

    /// <summary>Takes room for bytes, aligned to 16.</summary>
    internal byte* Take(nuint bytes)
    {
        byte* at = _start + _used;
        _used += (bytes + 15) & ~(nuint)15;
        return _used <= _length ? at : throw new InvalidOperationException("The block of native memory was sized too small.");
    }

    /// <summary>Copies bytes in and ends them with a zero.</summary>
    internal byte* TakeString(ReadOnlySpan<byte> text)
    {
        byte* at = Take((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(at, text.Length));
        return at;
    }

    /// <summary>Copies data in.</summary>
    internal T* TakeCopy<T>(ReadOnlySpan<T> data)
        where T : unmanaged
    {
        var at = (T*)Take((nuint)(data.Length * sizeof(T)));
        data.CopyTo(new Span<T>(at, data.Length));
        return at;
    }

    /// <summary>Makes the first bytes of it executable and read-only.</summary>
    internal void MakeExecutable(nuint bytes)
    {
        if (Libc.Mprotect(_start, bytes, ProtRead | ProtExecute) != 0)
            throw new InvalidOperationException("mprotect: " + Errno.Describe(Marshal.GetLastPInvokeError()));
    }

    public void Dispose()
    {
        if (_start != null)
            _ = Libc.Munmap(_start, _length);
        _start = null;
    }
}

/// <summary>Conversions between .NET strings and the system's bytes.</summary>
internal static class SystemText
{
    /// <summary>The bytes of a string, without a final zero.</summary>
    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
