// The memory of a stopped process, read ahead: a chain climbs its stack from one end to the other.
using System.Buffers.Binary;
using System.Globalization;
using Growstack.Linux.Inspection;
using Microsoft.Win32.SafeHandles;

namespace Growstack.Linux.Symbols;

/// <summary>Reads words of a process's memory through a window that slides up the stack.</summary>
internal sealed class StackMemory : IDisposable
{
    private const int Page = 4096;
    private const int SmallestWindow = 4 * Page;
    private const int LargestWindow = 256 * Page;

    private readonly SafeFileHandle? _file;
    private readonly byte[] _buffer = new byte[LargestWindow];
    private ulong _start;
    private int _length;
    private int _nextLength = SmallestWindow;

    /// <summary>Opens the memory of a process this one may trace.</summary>
    public StackMemory(int pid) => _file = ProcFs.Open(string.Create(CultureInfo.InvariantCulture, $"{ProcFs.MountPoint}/{pid}/mem"), out _);

    /// <summary>
    /// Reading ahead stops here: beyond the stack's end it might be the first to touch pages, which would then count as used. Reads that
    /// are asked for are made nevertheless.
    /// </summary>
    public ulong ReadAheadEnd { get; set; } = ulong.MaxValue;

    /// <summary>Forgets what was read: the process has run since.</summary>
    public void Invalidate()
    {
        _length = 0;
        _nextLength = SmallestWindow;
    }

    /// <summary>Reads a 64-bit word.</summary>
    /// <returns>False where nothing can be read.</returns>
    public bool TryRead(ulong address, out ulong value)
    {
        var offset = address - _start;
        if (offset + sizeof(ulong) > (ulong)_length || offset >= (ulong)_length)
        {
            value = 0;
            if (!Slide(address))
                return false;
            offset = address - _start;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan((int)offset));
        return true;
    }

    /// <summary>Reads up to a number of bytes, fewer where memory ends.</summary>
    public int Read(ulong address, Span<byte> bytes) => _file is null ? 0 : ProcFs.ReadAt(_file, bytes, address, out _);

    public void Dispose() => _file?.Dispose();

    private bool Slide(ulong address)
    {
        var start = address & ~(ulong)(Page - 1);
        // Larger steps only while it climbs; a jump, as to a signal's stack, starts small again.
        _nextLength = start == _start + (ulong)_length || start + Page == _start + (ulong)_length ? Math.Min(_nextLength * 2, LargestWindow) : SmallestWindow;
        var wanted = start < ReadAheadEnd ? Math.Min((ulong)_nextLength, ReadAheadEnd - start) : 0;
        var least = address + sizeof(ulong) - start;
        _start = start;
        _length = Read(start, _buffer.AsSpan(0, (int)Math.Max(wanted, least)));
        return (ulong)_length >= least;
    }
}
