// The figures of a process image's stacks, however many threads there were.
using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Keeps the final reports of the main stack, which comes first, and of each thread's at the number that the thread was given at its start, so that they
/// come in that order. The first <see cref="KeptInMemory"/> stay in memory; those of later threads go to a file without a name in the directory for temporary
/// files, which is gone when the ledger is. Where there can be no such file they stay in memory too. Numbers without a report are passed over.
/// </summary>
internal sealed class StackLedger : IReadOnlyCollection<StackReport>
{
    /// <summary>How many threads are kept in memory.</summary>
    internal const int KeptInMemory = 1024;

    private readonly List<StackReport?> _inMemory = [];
    private SafeFileHandle? _file;
    private bool _noFile;

    /// <summary>How many numbers the file has, <see cref="KeptInMemory"/> and on.</summary>
    private int _inFile;

    private int _threads;

    /// <summary>The main stack's figures, where it is managed.</summary>
    internal StackReport? Main { get; set; }

    /// <summary>How many stacks have a report.</summary>
    public int Count => _threads + (Main is null ? 0 : 1);

    /// <summary>Enters a thread's final report; each number once.</summary>
    /// <param name="number">The thread's number, from 0 in the order of their start.</param>
    /// <param name="report">Its figures.</param>
    internal void Enter(int number, StackReport report)
    {
        _threads++;
        if (number >= KeptInMemory && TryWrite(number - KeptInMemory, report))
            return;
        while (_inMemory.Count <= number)
            _inMemory.Add(null);
        _inMemory[number] = report;
    }

    public IEnumerator<StackReport> GetEnumerator()
    {
        if (Main is not null)
            yield return Main;
        for (int i = 0; i < Math.Min(_inMemory.Count, KeptInMemory); i++)
        {
            if (_inMemory[i] is { } report)
                yield return report;
        }

        const int recordsAtOnce = 512;
        var records = new Record[Math.Min(recordsAtOnce, _inFile)];
        int all = Math.Max(_inFile, _inMemory.Count - KeptInMemory);
        for (int i = 0; i < all; i++)
        {
            // What the file could not take is in memory.
            if (i < _inFile && i % recordsAtOnce == 0)
            {
                Array.Clear(records);
                _ = RandomAccess.Read(_file!, MemoryMarshal.AsBytes(records.AsSpan()), (long)i * Unsafe.SizeOf<Record>());
            }

            if (i < _inFile && records[i % recordsAtOnce].IsPresent)
                yield return records[i % recordsAtOnce].Report();
            else if (i + KeptInMemory < _inMemory.Count && _inMemory[i + KeptInMemory] is { } report)
                yield return report;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool TryWrite(int at, StackReport report)
    {
        if (_noFile)
            return false;
        try
        {
            _file ??= Open();
            var record = new Record(report);
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(new ReadOnlySpan<Record>(in record)), (long)at * Unsafe.SizeOf<Record>());
            _inFile = Math.Max(_inFile, at + 1);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _noFile = true;
            return false;
        }
    }

    private static SafeFileHandle Open()
    {
        string path = Path.Combine(Path.GetTempPath(), $"growstack-{Environment.ProcessId}-{Guid.NewGuid():N}");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return file;
    }

    [InlineArray(NameBytes)]
    private struct Name
    {
        private byte _first;
    }

    /// <summary>A kernel's name has 15 bytes; each may have become a replacement character of three.</summary>
    private const int NameBytes = 48;

    /// <summary>A report in a fixed number of bytes.</summary>
    private struct Record
    {
        private const int Present = 1;
        private const int Exact = 2;
        private const int Managed = 4;

        private readonly int _flags;
        private readonly int _threadId;
        private readonly ulong _start;
        private readonly ulong _end;
        private readonly ulong _peak;
        private readonly ulong _mapped;
        private readonly ulong _reserved;
        private readonly ulong _limit;
        private readonly ulong _guard;
        private readonly long _growths;
        private Name _name;

        internal Record(StackReport report)
        {
            _flags = Present | (report.PeakIsExact ? Exact : 0) | (report.IsManaged ? Managed : 0);
            _threadId = report.ThreadId;
            (_start, _end, _guard) = (report.Start, report.End, report.GuardBytes);
            (_peak, _mapped, _reserved, _limit) = (report.PeakBytes, report.MappedBytes, report.ReservedBytes, report.LimitBytes);
            _growths = report.Growths;
            _ = Encoding.UTF8.TryGetBytes(report.ThreadName, _name, out _);
        }

        internal readonly bool IsPresent => (_flags & Present) != 0;

        internal readonly StackReport Report()
        {
            ReadOnlySpan<byte> name = _name;
            return new StackReport
            {
                Kind = StackKind.Thread,
                ThreadId = _threadId,
                ThreadName = Encoding.UTF8.GetString(name[..(name.IndexOf((byte)0) is >= 0 and var end ? end : NameBytes)]),
                Start = _start,
                End = _end,
                PeakBytes = _peak,
                MappedBytes = _mapped,
                ReservedBytes = _reserved,
                LimitBytes = _limit,
                GuardBytes = _guard,
                Growths = _growths,
                PeakIsExact = (_flags & Exact) != 0,
                IsManaged = (_flags & Managed) != 0,
            };
        }
    }
}
