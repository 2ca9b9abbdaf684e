// The map that all benchmarks work on: entries at a fixed stride, a small hole behind each, one in sixty-four large.
namespace Growstack.Bench;

internal static class Layout
{
    internal const ulong Page = 0x1000;
    internal const ulong Min = 0x1000;
    internal const ulong Max = 0x7fff_ffff_f000;

    private const ulong First = 0x10_0000;
    private const ulong Stride = 32 * Page;

    /// <summary>The hole behind most entries, and the one behind every sixty-fourth.</summary>
    internal const ulong SmallHole = 3 * Page;
    internal const ulong LargeHole = 16 * Page;

    internal static ulong Start(int i) => First + ((ulong)i * Stride);

    internal static ulong End(int i) => Start(i + 1) - (i % 64 == 63 ? LargeHole : SmallHole);

    /// <summary>A map with entries at these places.</summary>
    internal static T Build<T>(int[] places)
        where T : struct, IRanges<T>
    {
        var ranges = T.Create();
        // A list would shift a million elements a million times: it is built in order, which makes no difference to it afterwards.
        if (typeof(T) == typeof(ListRanges))
            Array.Sort(places);
        foreach (var i in places)
            ranges.Insert(Start(i), End(i));
        return ranges;
    }

    /// <summary>The places 0..count in random order: maps are built as they come about, not sorted.</summary>
    internal static int[] Shuffled(int count)
    {
        var places = new int[count];
        for (var i = 0; i < count; i++)
            places[i] = i;
        new Random(42).Shuffle(places);
        return places;
    }
}

/// <summary>Marsaglia's xorshift: next to nothing beside what is measured.</summary>
internal struct Xorshift(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number in [0, bound).</summary>
    internal int Next(int bound)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(((_state >> 32) * (ulong)bound) >> 32);
    }
}
