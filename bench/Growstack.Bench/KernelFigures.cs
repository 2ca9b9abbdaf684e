// What the kernel's own C code took for the same operations, and the columns that show it.
using System.Globalization;

using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Growstack.Bench;

/// <summary>The names of the operations that are compared; each is a category of benchmarks.</summary>
internal static class Operation
{
    internal const string LookupRandom = "look up random";
    internal const string LookupSame = "look up same";
    internal const string LookupSequential = "look up sequential";
    internal const string InsertRemove = "insert and remove";
    internal const string Churn = "churn";
    internal const string FindSpace = "find space";
    internal const string Fork = "fork";
    internal const string Stack = "stack of 8 MB";

    // Of the whole map only, and without a figure of the kernel's.
    internal const string LookupEntry = "look up same, whole entry";
    internal const string LookupParallel = "look up random, two threads";
}

/// <summary>FreeBSD's map code (a splay tree, -O2, no locks) in user space, in nanoseconds an operation, on a machine like the one it is compared on.</summary>
internal static class KernelFigures
{
    private static readonly Dictionary<string, double[]> Table = new()
    {
        [Operation.LookupRandom] = [27, 61, 91, 143, 340, 1468],
        [Operation.LookupSame] = [2.3, 2.3, 2.2, 2.3, 2.3, 2.3],
        [Operation.LookupSequential] = [9, 12, 17, 31, 204, 160],
        [Operation.InsertRemove] = [64, 122, 170, 237, 491, 2279],
        [Operation.Churn] = [80, 196, 330, 491, 857, 4098],
        [Operation.FindSpace] = [22, 31, 81, 157, 260, 1108],
        [Operation.Fork] = [16, 14, 14, 18, 164, 180],
        [Operation.Stack] = [3250],
    };

    /// <summary>The figure for an operation on a map of 10, 100 … 1M entries; of a fork, for all entries together.</summary>
    internal static double? For(string operation, int entries)
    {
        var figures = Table.GetValueOrDefault(operation);
        if (figures is null)
            return null;
        var column = figures.Length == 1 ? 0 : (int)Math.Round(Math.Log10(entries)) - 1;
        if (column < 0 || column >= figures.Length || (figures.Length > 1 && Math.Pow(10, column + 1) != entries))
            return null;
        return operation == Operation.Fork ? figures[column] * entries : figures[column];
    }
}

/// <summary>The kernel's figure, or how many times as long the kernel took (above 1: faster than the kernel).</summary>
internal sealed class KernelColumn(bool ratio) : IColumn
{
    public string Id => ColumnName;
    public string ColumnName => ratio ? "Kernel/this" : "Kernel C [ns]";
    public bool AlwaysShow => true;
    public ColumnCategory Category => ColumnCategory.Custom;
    public int PriorityInCategory => ratio ? 1 : 0;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;
    public string Legend => ratio ? "Kernel C divided by Median" : "FreeBSD's own map code, in C, same operation and size";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var entries = benchmarkCase.Parameters.Items.FirstOrDefault(static p => p.Name == "Entries")?.Value is int n ? n : 10;
        if (benchmarkCase.Descriptor.Categories is not [var operation, ..] || KernelFigures.For(operation, entries) is not { } kernel)
            return "-";
        if (!ratio)
            return kernel.ToString("0.#", CultureInfo.InvariantCulture);
        var median = summary[benchmarkCase]?.ResultStatistics?.Median;
        return median is { } ns ? (kernel / ns).ToString("0.0", CultureInfo.InvariantCulture) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
