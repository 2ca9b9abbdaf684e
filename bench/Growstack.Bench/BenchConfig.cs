// How the benchmarks run: short, and with the kernel's own figure beside every measured one.
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;

using Perfolizer.Horology;

namespace Growstack.Bench;

internal sealed class BenchConfig : ManualConfig
{
    internal BenchConfig()
    {
        AddJob(Job.Default.WithLaunchCount(1).WithWarmupCount(3).WithIterationCount(7).WithIterationTime(TimeInterval.FromMilliseconds(100)).AsDefault());
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics);
        AddColumn(StatisticColumn.Median, StatisticColumn.StdDev, CategoriesColumn.Default, new KernelColumn(ratio: false), new KernelColumn(ratio: true));
        AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams);
        AddFilter(new SimpleFilter(static benchmark =>
            benchmark.Descriptor.Type.GenericTypeArguments is not [var subject] || benchmark.Parameters["Entries"] is not int entries || !RangesBenchmarks.TakesTooLong(subject, entries)));
        WithOptions(ConfigOptions.DisableOptimizationsValidator);
    }
}
