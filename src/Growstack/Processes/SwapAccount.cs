// How much swap is promised: a sum that threads add to without getting in each other's way.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Processes;

/// <summary>An account of reserved swap, in bytes. Takes no lock.</summary>
/// <remarks>
/// Without a limit nobody needs to know the sum when it changes: each thread adds to a cell that it alone writes, if it found one free, or else atomically to
/// a common number. With a limit reservations are made in the common number only, by compare and exchange; cells may then only become less, which makes room.
/// </remarks>
internal sealed class SwapAccount
{
    private const int Cells = 8;
    private readonly Cell[] _cells = new Cell[Cells];

    // Changed atomically only. Less than zero if what was reserved in a cell is released here.
    private long _common;

    /// <summary>A thread's own part of the sum, alone on its cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Cell
    {
        // Set once, atomically.
        internal int Owner;

        // Written by the owner only.
        internal long Bytes;
    }

    /// <summary>The sum. While other threads reserve and release it may be of no single moment.</summary>
    internal ulong Reserved => SumWith(Volatile.Read(ref _common));

    /// <summary>Reserves swap, if there is as much left.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="limit">How much may be reserved in all.</param>
    /// <param name="thread">The managed id of the calling thread.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReserve(ulong bytes, ulong limit, int thread)
    {
        if (limit < VmSystem.Infinity)
            return TryReserveWithin(bytes, limit);
        Add((long)bytes, thread);
        return true;
    }

    /// <summary>Changes the sum, whatever the limit.</summary>
    /// <param name="bytes">By how much.</param>
    /// <param name="thread">The managed id of the calling thread.</param>
    internal void Add(long bytes, int thread)
    {
        ref var cell = ref _cells[thread & (Cells - 1)];
        if (cell.Owner == thread)
            Volatile.Write(ref cell.Bytes, cell.Bytes + bytes);
        else
            AddElsewhere(ref cell, thread, bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddElsewhere(ref Cell cell, int thread, long bytes)
    {
        if (Interlocked.CompareExchange(ref cell.Owner, thread, 0) == 0)
            Volatile.Write(ref cell.Bytes, bytes);
        else
            Interlocked.Add(ref _common, bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryReserveWithin(ulong bytes, ulong limit)
    {
        while (true)
        {
            var common = Volatile.Read(ref _common);
            var reserved = SumWith(common);
            if (reserved > limit || bytes > limit - reserved)
                return false;
            if (Interlocked.CompareExchange(ref _common, common + (long)bytes, common) == common)
                return true;
        }
    }

    private ulong SumWith(long common)
    {
        var sum = common;
        foreach (ref var cell in _cells.AsSpan())
            sum += Volatile.Read(ref cell.Bytes);
        return (ulong)Math.Max(sum, 0);
    }
}
