// The inner loops of the index: search and gap scans over the sorted arrays of one node, vectorised where the processor can.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Growstack.Maps;

/// <summary>Searches in arrays of <see cref="Width"/> slots, given by a reference to the first. Every read stays inside the array whatever it holds.</summary>
internal static class NodeSearch
{
    /// <summary>Slots in each array of a node.</summary>
    internal const int Width = 64;

    /// <summary>Slots that are compared at once, after three probes chose among four such blocks.</summary>
    private const int Block = 16;

    /// <summary>How many of the sorted keys are at most <paramref name="address"/>. Unused slots hold <see cref="ulong.MaxValue"/>, which no address reaches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountNotAbove(ref ulong keys, ulong address) =>
        Vector256.IsHardwareAccelerated ? CountVector(ref keys, address) : CountScalar(ref keys, address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountVector(ref ulong keys, ulong address)
    {
        // Independent probes instead of a chain of dependent ones: their loads, and cache misses, overlap.
        var block = Bit(Unsafe.Add(ref keys, Block) <= address) + Bit(Unsafe.Add(ref keys, 2 * Block) <= address)
            + Bit(Unsafe.Add(ref keys, 3 * Block) <= address);
        var from = (nuint)block * Block;
        var target = Vector256.Create(address);
        var above = Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, from), target).ExtractMostSignificantBits()
            | (Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, from + 4), target).ExtractMostSignificantBits() << 4)
            | (Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, from + 8), target).ExtractMostSignificantBits() << 8)
            | (Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, from + 12), target).ExtractMostSignificantBits() << 12);
        return (int)from + BitOperations.TrailingZeroCount(above | 0x10000);
    }

    /// <summary>The same, without vectors: a binary search whose steps are conditional moves.</summary>
    internal static int CountScalar(ref ulong keys, ulong address)
    {
        nuint from = 0;
        for (nuint half = Width / 2; half > 0; half /= 2)
            from += Unsafe.Add(ref keys, from + half - 1) <= address ? half : 0;
        return (int)from + Bit(Unsafe.Add(ref keys, from) <= address);
    }

    /// <summary>The largest of the gaps between <paramref name="count"/> neighbouring ranges.</summary>
    internal static ulong WidestGap(ref ulong starts, ref ulong ends, int count)
    {
        var slot = 0;
        ulong widest = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var most = Vector256<ulong>.Zero;
            for (; slot + 4 < count; slot += 4)
                most = Vector256.Max(most, GapsFrom(ref starts, ref ends, slot));
            widest = Largest(most);
        }
        for (; slot + 1 < count; slot++)
            widest = Math.Max(widest, Unsafe.Add(ref starts, slot + 1) - Unsafe.Add(ref ends, slot));
        return widest;
    }

    /// <summary>The largest of the first <paramref name="count"/> numbers.</summary>
    internal static ulong Largest(ref ulong numbers, int count)
    {
        var slot = 0;
        ulong largest = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var most = Vector256<ulong>.Zero;
            for (; slot + 4 <= count; slot += 4)
                most = Vector256.Max(most, Vector256.LoadUnsafe(ref numbers, (nuint)slot));
            largest = Largest(most);
        }
        for (; slot < count; slot++)
            largest = Math.Max(largest, Unsafe.Add(ref numbers, slot));
        return largest;
    }

    /// <summary>The first slot at or after <paramref name="from"/> with a gap of at least <paramref name="length"/> behind it; <paramref name="count"/> if there is none.</summary>
    internal static int FirstGap(ref ulong starts, ref ulong ends, int from, int count, ulong length)
    {
        var slot = from;
        if (Vector256.IsHardwareAccelerated)
        {
            var wanted = Vector256.Create(length);
            for (; slot + Block < count; slot += Block)
            {
                var fits = FitsFrom(ref starts, ref ends, slot, wanted) | (FitsFrom(ref starts, ref ends, slot + 4, wanted) << 4)
                    | (FitsFrom(ref starts, ref ends, slot + 8, wanted) << 8) | (FitsFrom(ref starts, ref ends, slot + 12, wanted) << 12);
                if (fits != 0)
                    return slot + BitOperations.TrailingZeroCount(fits);
            }
            for (; slot + 4 < count; slot += 4)
            {
                var fits = FitsFrom(ref starts, ref ends, slot, wanted);
                if (fits != 0)
                    return slot + BitOperations.TrailingZeroCount(fits);
            }
        }
        for (; slot + 1 < count; slot++)
        {
            if (Unsafe.Add(ref starts, slot + 1) - Unsafe.Add(ref ends, slot) >= length)
                return slot;
        }
        return count;
    }

    /// <summary>The first slot at or after <paramref name="from"/> with a number of at least <paramref name="least"/>; <paramref name="count"/> if there is none.</summary>
    internal static int FirstAtLeast(ref ulong numbers, int from, int count, ulong least)
    {
        var slot = from;
        if (Vector256.IsHardwareAccelerated)
        {
            var wanted = Vector256.Create(least);
            for (; slot + 4 <= count; slot += 4)
            {
                var fits = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref numbers, (nuint)slot), wanted).ExtractMostSignificantBits();
                if (fits != 0)
                    return slot + BitOperations.TrailingZeroCount(fits);
            }
        }
        for (; slot < count; slot++)
        {
            if (Unsafe.Add(ref numbers, slot) >= least)
                return slot;
        }
        return count;
    }

    /// <summary>Opens a place at slot: the numbers in [slot, count) move up by one. There must be room for it.</summary>
    /// <remarks>Copying overlapping spans leaves managed code for a library call; these few vectors do not.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MoveUp<T>(ref T numbers, int slot, int count)
        where T : struct
    {
        var (left, end) = ((nuint)count, (nuint)slot);
        if (Vector256.IsHardwareAccelerated)
        {
            var step = (nuint)Vector256<T>.Count;
            while (left >= end + step)
            {
                left -= step;
                Vector256.LoadUnsafe(ref numbers, left).StoreUnsafe(ref numbers, left + 1);
            }
        }
        for (; left > end; left--)
            Unsafe.Add(ref numbers, left) = Unsafe.Add(ref numbers, left - 1);
    }

    /// <summary>Closes some places from slot on: the numbers behind them, up to count, move down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MoveDown<T>(ref T numbers, int slot, int places, int count)
        where T : struct
    {
        var (to, next, end) = ((nuint)slot, (nuint)(slot + places), (nuint)count);
        if (Vector256.IsHardwareAccelerated)
        {
            var step = (nuint)Vector256<T>.Count;
            for (; next + step <= end; next += step, to += step)
                Vector256.LoadUnsafe(ref numbers, next).StoreUnsafe(ref numbers, to);
        }
        for (; next < end; next++, to++)
            Unsafe.Add(ref numbers, to) = Unsafe.Add(ref numbers, next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint FitsFrom(ref ulong starts, ref ulong ends, int slot, Vector256<ulong> wanted) =>
        Vector256.GreaterThanOrEqual(GapsFrom(ref starts, ref ends, slot), wanted).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> GapsFrom(ref ulong starts, ref ulong ends, int slot) =>
        Vector256.LoadUnsafe(ref starts, (nuint)slot + 1) - Vector256.LoadUnsafe(ref ends, (nuint)slot);

    private static ulong Largest(Vector256<ulong> numbers)
    {
        var two = Vector128.Max(numbers.GetLower(), numbers.GetUpper());
        return Math.Max(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bit(bool condition) => condition ? 1 : 0;
}
