// The table: each operation on maps of 10 to 1M entries, for the index and its alternatives.
using BenchmarkDotNet.Attributes;

namespace Growstack.Bench;

/// <summary>What the benchmarks of one subject share.</summary>
public abstract class RangesBenchmarks
{
    internal const int Lookups = 4096;
    internal const int Changes = 512;

    /// <summary>Entries in the map.</summary>
    [Params(10, 100, 1_000, 10_000, 100_000, 1_000_000)]
    public int Entries { get; set; }

    /// <summary>Whether a subject is left out at a size: a list moves half its elements at each change, and the interval tree takes minutes to build.</summary>
    internal static bool TakesTooLong(Type subject, int entries) =>
        entries > 100_000 && (subject == typeof(ListRanges) || subject == typeof(IntervalTreeRanges));
}

/// <summary>Look-ups.</summary>
/// <typeparam name="T">What is measured.</typeparam>
[GenericTypeArguments(typeof(TreeRanges))]
[GenericTypeArguments(typeof(MapRanges))]
[GenericTypeArguments(typeof(ListRanges))]
[GenericTypeArguments(typeof(SetRanges))]
[GenericTypeArguments(typeof(IntervalTreeRanges))]
public class Lookup<T> : RangesBenchmarks
    where T : struct, IRanges<T>
{
    private T _ranges;
    private Xorshift _random = new(88172645463325252);
    private int _next;

    [GlobalSetup]
    public void Fill() => _ranges = Layout.Build<T>(Layout.Shuffled(Entries));

    [Benchmark(OperationsPerInvoke = Lookups), BenchmarkCategory(Operation.LookupRandom)]
    public int Random()
    {
        var (found, random, entries, ranges) = (0, _random, Entries, _ranges);
        for (var i = 0; i < Lookups; i++)
            found += ranges.Contains(Layout.Start(random.Next(entries)) + Layout.Page) ? 1 : 0;
        _random = random;
        return found;
    }

    [Benchmark(OperationsPerInvoke = Lookups), BenchmarkCategory(Operation.LookupSame)]
    public int Same()
    {
        var (found, ranges) = (0, _ranges);
        var start = Layout.Start(Entries / 3);
        for (var i = 0ul; i < Lookups; i++)
            found += ranges.Contains(start + i) ? 1 : 0;
        return found;
    }

    [Benchmark(OperationsPerInvoke = Lookups), BenchmarkCategory(Operation.LookupSequential)]
    public int Sequential()
    {
        var (found, next, entries, ranges) = (0, _next, Entries, _ranges);
        for (var i = 0; i < Lookups; i++)
        {
            found += ranges.Contains(Layout.Start(next)) ? 1 : 0;
            next = next + 1 < entries ? next + 1 : 0;
        }
        _next = next;
        return found;
    }
}

/// <summary>Changes.</summary>
/// <typeparam name="T">What is measured.</typeparam>
[GenericTypeArguments(typeof(TreeRanges))]
[GenericTypeArguments(typeof(MapRanges))]
[GenericTypeArguments(typeof(ListRanges))]
[GenericTypeArguments(typeof(SetRanges))]
[GenericTypeArguments(typeof(IntervalTreeRanges))]
public class Change<T> : RangesBenchmarks
    where T : struct, IRanges<T>
{
    private T _ranges;
    private Xorshift _random = new(88172645463325252);

    [GlobalSetup(Target = nameof(InsertRemove))]
    public void Fill() => _ranges = Layout.Build<T>(Layout.Shuffled(Entries));

    /// <summary>Twice the places: half of them are taken at any time.</summary>
    [GlobalSetup(Target = nameof(Churn))]
    public void FillHalf() => _ranges = Layout.Build<T>(Layout.Shuffled(2 * Entries)[..Entries]);

    /// <summary>One page into the middle of a hole, and out again.</summary>
    [Benchmark(OperationsPerInvoke = Changes), BenchmarkCategory(Operation.InsertRemove)]
    public void InsertRemove()
    {
        var (random, entries, ranges) = (_random, Entries, _ranges);
        for (var i = 0; i < Changes; i++)
        {
            var hole = Layout.End(random.Next(entries)) + Layout.Page;
            ranges.Insert(hole, hole + Layout.Page);
            ranges.Remove(hole, hole + Layout.Page);
        }
        _random = random;
    }

    /// <summary>At a random place: what is there goes, or something comes.</summary>
    [Benchmark(OperationsPerInvoke = Changes), BenchmarkCategory(Operation.Churn)]
    public void Churn()
    {
        var (random, entries, ranges) = (_random, Entries, _ranges);
        for (var i = 0; i < Changes; i++)
        {
            var place = random.Next(2 * entries);
            if (!ranges.Remove(Layout.Start(place)))
                ranges.Insert(Layout.Start(place), Layout.End(place));
        }
        _random = random;
    }
}

/// <summary>Room, and copies.</summary>
/// <typeparam name="T">What is measured.</typeparam>
[GenericTypeArguments(typeof(TreeRanges))]
[GenericTypeArguments(typeof(MapRanges))]
[GenericTypeArguments(typeof(ListRanges))]
[GenericTypeArguments(typeof(SetRanges))]
public class Whole<T> : RangesBenchmarks
    where T : struct, IRanges<T>
{
    private T _ranges;
    private Xorshift _random = new(88172645463325252);

    [GlobalSetup]
    public void Fill() => _ranges = Layout.Build<T>(Layout.Shuffled(Entries));

    /// <summary>From a random entry on, the first hole that only one in sixty-four is large enough for.</summary>
    [Benchmark(OperationsPerInvoke = Changes), BenchmarkCategory(Operation.FindSpace)]
    public ulong FindSpace()
    {
        var (sum, random, entries, ranges) = (0ul, _random, Entries, _ranges);
        for (var i = 0; i < Changes; i++)
            sum += ranges.FindSpace(Layout.Start(random.Next(entries)), Layout.LargeHole);
        _random = random;
        return sum;
    }

    /// <summary>A copy of the whole map; the time is that of all entries together.</summary>
    [Benchmark, BenchmarkCategory(Operation.Fork)]
    public T Fork() => _ranges.Fork();
}
