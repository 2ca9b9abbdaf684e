// Look-ups that only a map has: of the whole entry, and by several threads at once.
using BenchmarkDotNet.Attributes;

using Growstack.Maps;

namespace Growstack.Bench;

/// <summary>Look-ups that copy the whole entry.</summary>
public class EntryLookup : RangesBenchmarks
{
    private VmMap _map = null!;

    [GlobalSetup]
    public void Fill() => _map = Layout.Build<MapRanges>(Layout.Shuffled(Entries)).Map;

    [Benchmark(OperationsPerInvoke = Lookups), BenchmarkCategory(Operation.LookupEntry)]
    public ulong Same()
    {
        var (sum, map) = (0ul, _map);
        var start = Layout.Start(Entries / 3);
        for (var i = 0ul; i < Lookups; i++)
            sum += map.TryLookup(start + i, out var entry) ? entry.Start ^ entry.Offset : 0;
        return sum;
    }
}

/// <summary>Two threads that look up in one map. The time is that of one look-up as each thread sees it: twice as many are made in it.</summary>
public class ParallelLookup : RangesBenchmarks, IDisposable
{
    internal const int Each = 16 * Lookups;
    private readonly Barrier _barrier = new(2);
    private VmMap _map = null!;
    private Thread? _other;
    private volatile bool _done;
    private int _found;

    [GlobalSetup]
    public void Fill()
    {
        _map = Layout.Build<MapRanges>(Layout.Shuffled(Entries)).Map;
        _other = new Thread(() =>
        {
            while (true)
            {
                _barrier.SignalAndWait();
                if (_done)
                    return;
                LookUp(362436069);
                _barrier.SignalAndWait();
            }
        });
        _other.Start();
    }

    [Benchmark(OperationsPerInvoke = Each), BenchmarkCategory(Operation.LookupParallel)]
    public void Random()
    {
        _barrier.SignalAndWait();
        LookUp(88172645463325252);
        _barrier.SignalAndWait();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _done = true;
        _barrier.SignalAndWait();
        _other?.Join();
        _barrier.Dispose();
        GC.SuppressFinalize(this);
    }

    private void LookUp(ulong seed)
    {
        var (found, random, entries, map) = (0, new Xorshift(seed), Entries, _map);
        for (var i = 0; i < Each; i++)
            found += map.TryLookupRange(Layout.Start(random.Next(entries)) + Layout.Page, out _) ? 1 : 0;
        Volatile.Write(ref _found, found);
    }
}
