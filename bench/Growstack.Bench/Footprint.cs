// Bytes an entry: how much the heap grows when a map of a million entries is built in random order.
using System.Globalization;

namespace Growstack.Bench;

internal static class Footprint
{
    internal static void Print()
    {
        foreach (var entries in (int[])[10, 100, 1_000, 10_000, 100_000, 1_000_000])
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{entries,9} entries: index {Of<TreeRanges>(entries):0.0}, whole map {Of<MapRanges>(entries):0.0}, sorted List {Of<ListRanges>(entries):0.0}, SortedSet {Of<SetRanges>(entries):0.0} bytes an entry"));
        }
    }

    private static double Of<T>(int entries)
        where T : struct, IRanges<T>
    {
        var order = Layout.Shuffled(entries);
        // What is made once for all comes first.
        Layout.Build<T>([.. order.Take(1)]).Contains(Layout.Start(0));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var ranges = Layout.Build<T>(order);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(ranges);
        GC.KeepAlive(order);
        return (double)(after - before) / entries;
    }
}
