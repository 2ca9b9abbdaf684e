// The inner loops of the index: search and gap scans over the sorted arrays of one node, vectorised where the processor can.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Growstack.Maps;

/// <summary>Searches in arrays of <see cref="Width"/> slots and <see cref="Slack"/>, given by a reference to the first. Every read stays inside the array whatever it holds.</summary>
internal static class NodeSearch
{
    /// <summary>Slots in each array of a node.</summary>
    internal const int Width = 32;

    /// <summary>Places behind the last slot that may be read and written, so that slots can be moved by whole vectors.</summary>
    internal const int Slack = 4;

    /// <summary>Slots that are compared at once, after one probe chose between two such blocks.</summary>
    private const int Block = 16;

    /// <summary>How many of the sorted keys are at most <paramref name="address"/>. Unused slots hold <see cref="ulong.MaxValue"/>, which no address reaches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountNotAbove(ref ulong keys, ulong address)
    {
        if (Vector512.IsHardwareAccelerated)
            return CountWideVector(ref keys, address);
        return Vector256.IsHardwareAccelerated ? CountVector(ref keys, address) : CountScalar(ref keys, address);
    }

    /// <summary>All slots are compared, side by side: nothing has to be waited for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountWideVector(ref ulong keys, ulong address)
    {
        var target = Vector512.Create(address);
        var above = (uint)Vector512.GreaterThan(Vector512.LoadUnsafe(ref keys), target).ExtractMostSignificantBits()
            | ((uint)Vector512.GreaterThan(Vector512.LoadUnsafe(ref keys, 8), target).ExtractMostSignificantBits() << 8)
            | ((uint)Vector512.GreaterThan(Vector512.LoadUnsafe(ref keys, 16), target).ExtractMostSignificantBits() << 16)
            | ((uint)Vector512.GreaterThan(Vector512.LoadUnsafe(ref keys, 24), target).ExtractMostSignificantBits() << 24);
        return BitOperations.TrailingZeroCount(above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountVector(ref ulong keys, ulong address)
    {
        var from = (nuint)Bit(Unsafe.Add(ref keys, Block) <= address) * Block;
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

    /// <summary>Which of the slots but the last have a gap of at least <paramref name="length"/> behind them: bit i for slot i.</summary>
    /// <remarks>All are looked at, whatever comes out: that takes less time than a loop whose end the processor cannot foresee.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint GapsOf(ref ulong starts, ref ulong ends, int count, ulong length)
    {
        uint fits = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var wanted = Vector512.Create(length);
            fits = GapsOfEight(ref starts, ref ends, 0, wanted) | (GapsOfEight(ref starts, ref ends, 8, wanted) << 8)
                | (GapsOfEight(ref starts, ref ends, 16, wanted) << 16) | (GapsOfEight(ref starts, ref ends, 24, wanted) << 24);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            var wanted = Vector256.Create(length);
            fits = GapsOfBlock(ref starts, ref ends, 0, wanted) | (GapsOfBlock(ref starts, ref ends, Block, wanted) << Block);
        }
        else
        {
            for (var slot = 0; slot < Width; slot++)
                fits |= (uint)Bit(unchecked(Unsafe.Add(ref starts, slot + 1) - Unsafe.Add(ref ends, slot)) >= length) << slot;
        }
        return fits & ((1u << (count - 1)) - 1);
    }

    /// <summary>Which of the first <paramref name="count"/> numbers are at least <paramref name="least"/>: bit i for slot i.</summary>
    internal static uint AtLeast(ref ulong numbers, int count, ulong least)
    {
        uint fits = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var wanted = Vector512.Create(least);
            fits = AtLeastOfEight(ref numbers, 0, wanted) | (AtLeastOfEight(ref numbers, 8, wanted) << 8)
                | (AtLeastOfEight(ref numbers, 16, wanted) << 16) | (AtLeastOfEight(ref numbers, 24, wanted) << 24);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            var wanted = Vector256.Create(least);
            fits = AtLeastOfBlock(ref numbers, 0, wanted) | (AtLeastOfBlock(ref numbers, Block, wanted) << Block);
        }
        else
        {
            for (var slot = 0; slot < Width; slot++)
                fits |= (uint)Bit(Unsafe.Add(ref numbers, slot) >= least) << slot;
        }
        return fits & (uint)((1ul << count) - 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint GapsOfEight(ref ulong starts, ref ulong ends, nuint slot, Vector512<ulong> wanted) =>
        (uint)Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref starts, slot + 1) - Vector512.LoadUnsafe(ref ends, slot), wanted).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint AtLeastOfEight(ref ulong numbers, nuint slot, Vector512<ulong> wanted) =>
        (uint)Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref numbers, slot), wanted).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint GapsOfBlock(ref ulong starts, ref ulong ends, int slot, Vector256<ulong> wanted) =>
        Vector256.GreaterThanOrEqual(GapsFrom(ref starts, ref ends, slot), wanted).ExtractMostSignificantBits()
        | (Vector256.GreaterThanOrEqual(GapsFrom(ref starts, ref ends, slot + 4), wanted).ExtractMostSignificantBits() << 4)
        | (Vector256.GreaterThanOrEqual(GapsFrom(ref starts, ref ends, slot + 8), wanted).ExtractMostSignificantBits() << 8)
        | (Vector256.GreaterThanOrEqual(GapsFrom(ref starts, ref ends, slot + 12), wanted).ExtractMostSignificantBits() << 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint AtLeastOfBlock(ref ulong numbers, nuint slot, Vector256<ulong> wanted) =>
        Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref numbers, slot), wanted).ExtractMostSignificantBits()
        | (Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref numbers, slot + 4), wanted).ExtractMostSignificantBits() << 4)
        | (Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref numbers, slot + 8), wanted).ExtractMostSignificantBits() << 8)
        | (Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref numbers, slot + 12), wanted).ExtractMostSignificantBits() << 12);

    /// <summary>Opens a place at slot: what the three arrays hold in [slot, count) moves up by one. There must be room for it.</summary>
    /// <remarks>One loop for all three: where it ends cannot be foreseen, and costs as much as moving some slots. What it moves too many goes from slack to slack.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MoveUp(ref ulong first, ref ulong second, ref uint third, int slot, int count)
    {
        var moved = count - slot;
        if (!Vector256.IsHardwareAccelerated)
        {
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, slot), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, slot + 1), moved));
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref second, slot), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref second, slot + 1), moved));
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref third, slot), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref third, slot + 1), moved));
            return;
        }
        for (var at = slot + ((moved - 1) & ~3); at >= slot; at -= 4)
        {
            Vector256.LoadUnsafe(ref first, (nuint)at).StoreUnsafe(ref first, (nuint)at + 1);
            Vector256.LoadUnsafe(ref second, (nuint)at).StoreUnsafe(ref second, (nuint)at + 1);
            Vector128.LoadUnsafe(ref third, (nuint)at).StoreUnsafe(ref third, (nuint)at + 1);
        }
    }

    /// <summary>Closes some places from slot on: what the three arrays hold behind them, up to count, moves down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MoveDown(ref ulong first, ref ulong second, ref uint third, int slot, int places, int count)
    {
        var moved = count - slot - places;
        if (!Vector256.IsHardwareAccelerated)
        {
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, slot + places), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, slot), moved));
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref second, slot + places), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref second, slot), moved));
            MemoryMarshal.CreateSpan(ref Unsafe.Add(ref third, slot + places), moved).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref third, slot), moved));
            return;
        }
        for (var at = slot; at < slot + moved; at += 4)
        {
            Vector256.LoadUnsafe(ref first, (nuint)(at + places)).StoreUnsafe(ref first, (nuint)at);
            Vector256.LoadUnsafe(ref second, (nuint)(at + places)).StoreUnsafe(ref second, (nuint)at);
            Vector128.LoadUnsafe(ref third, (nuint)(at + places)).StoreUnsafe(ref third, (nuint)at);
        }
    }

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
