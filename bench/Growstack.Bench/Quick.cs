// The whole table in one process and about a minute: the benchmarks' own methods, timed plainly, beside the kernel's figures.
using System.Diagnostics;

using Growstack.Maps;

namespace Growstack.Bench;

/// <summary>Measures medians of many short samples: most fall between two interruptions, even on a busy machine.</summary>
internal static class Quick
{
    private const int Samples = 41;
    private const int FewSamples = 5;
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(200);
    private static TimeSpan _before;

    internal static int Run(QuickOptions options)
    {
        if (options.Document)
        {
            var document = new QuickDocument(options.Sizes);
            foreach (var subject in QuickOptions.Subjects)
                MeasureWarm(options with { Subject = subject }, (operation, entries, figure) => document.Add(subject, operation, entries, figure));
            document.Print();
            return 0;
        }
        var table = new QuickTable(options.Markdown);
        MeasureWarm(options, table.Row);
        table.End();
        return 0;
    }

    /// <summary>The compiler optimises step by step, in the background, what runs often: first come some rounds whose figures nobody sees.</summary>
    private static void MeasureWarm(QuickOptions options, Action<string, int, Figure> report)
    {
        _before = WarmUp;
        for (var round = 0; round < 3; round++)
        {
            Measure(options with { Sizes = [1000] }, static (_, _, _) => { });
            Thread.Sleep(WarmUp);
        }
        _before = TimeSpan.Zero;
        Measure(options, report);
    }

    private static void Measure(QuickOptions options, Action<string, int, Figure> report)
    {
        switch (options.Subject)
        {
            case "index":
                Measure<TreeRanges>(options, report);
                break;
            case "list":
                Measure<ListRanges>(options, report);
                break;
            case "set":
                Measure<SetRanges>(options, report);
                break;
            case "interval":
                Measure<IntervalTreeRanges>(options, report);
                break;
            default:
                Measure<MapRanges>(options, report);
                MeasureMap(options, report);
                MeasureStacks(options, report);
                break;
        }
    }

    private static void Measure<T>(QuickOptions options, Action<string, int, Figure> report)
        where T : struct, IRanges<T>
    {
        foreach (var entries in options.Sizes)
        {
            if (RangesBenchmarks.TakesTooLong(typeof(T), entries))
                continue;
            var lookup = new Lookup<T> { Entries = entries };
            var change = new Change<T> { Entries = entries };
            var whole = new Whole<T> { Entries = entries };
            Row(Operation.LookupRandom, lookup.Fill, () => lookup.Random(), RangesBenchmarks.Lookups);
            Row(Operation.LookupSame, lookup.Fill, () => lookup.Same(), RangesBenchmarks.Lookups);
            Row(Operation.LookupSequential, lookup.Fill, () => lookup.Sequential(), RangesBenchmarks.Lookups);
            Row(Operation.InsertRemove, change.Fill, change.InsertRemove, RangesBenchmarks.Changes);
            Row(Operation.Churn, change.FillHalf, change.Churn, RangesBenchmarks.Changes);
            if (typeof(T) != typeof(IntervalTreeRanges))
                Row(Operation.FindSpace, whole.Fill, () => whole.FindSpace(), RangesBenchmarks.Changes);
            Row(Operation.Fork, whole.Fill, () => whole.Fork(), entries);

            void Row(string operation, Action fill, Action run, int operations)
            {
                if (!operation.Contains(options.Only, StringComparison.OrdinalIgnoreCase))
                    return;
                fill();
                report(operation, entries, Time(run, operations));
            }
        }
    }

    private static void MeasureMap(QuickOptions options, Action<string, int, Figure> report)
    {
        foreach (var entries in options.Sizes)
        {
            if (Operation.LookupEntry.Contains(options.Only, StringComparison.OrdinalIgnoreCase))
            {
                var lookup = new EntryLookup { Entries = entries };
                lookup.Fill();
                report(Operation.LookupEntry, entries, Time(() => lookup.Same(), RangesBenchmarks.Lookups));
            }
            if (Operation.LookupParallel.Contains(options.Only, StringComparison.OrdinalIgnoreCase))
            {
                using var lookup = new ParallelLookup { Entries = entries };
                lookup.Fill();
                report(Operation.LookupParallel, entries, Time(lookup.Random, ParallelLookup.Each));
            }
        }
    }

    private static void MeasureStacks(QuickOptions options, Action<string, int, Figure> report)
    {
        if (!Operation.Stack.Contains(options.Only, StringComparison.OrdinalIgnoreCase))
            return;
        foreach (var release in (VmRelease[])[VmRelease.FreeBsd10, VmRelease.FreeBsd12])
        {
            var stacks = new StackBenchmarks { Release = release };
            stacks.Fill();
            report($"{Operation.Stack}, {release}", 0, Time(() => stacks.MakeGrowRemove(), 1));
        }
    }

    /// <summary>Times an action that stands for a number of operations.</summary>
    internal static Figure Time(Action run, int operations)
    {
        var start = Stopwatch.GetTimestamp();
        do
            run();
        while (Stopwatch.GetElapsedTime(start) < _before);
        var repeat = 1;
        TimeSpan last;
        while ((last = TimeOf(run, repeat)) * 2 < SampleTime)
            repeat *= 2;
        // What takes long by itself is interrupted anyway.
        var samples = new double[repeat == 1 && last > Long ? FewSamples : Samples];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < samples.Length; i++)
            samples[i] = TimeOf(run, repeat).TotalNanoseconds;
        // Reading the clock allocates nothing; the samples' array was there before.
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.Sort(samples);
        var count = (double)repeat * operations;
        return new Figure(samples[samples.Length / 2] / count, samples[0] / count, bytes / (count * samples.Length));
    }

    private static TimeSpan TimeOf(Action run, int repeat)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeat; i++)
            run();
        return Stopwatch.GetElapsedTime(start);
    }
}
