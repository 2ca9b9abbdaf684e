// The table that `quick` prints.
using System.Globalization;

namespace Growstack.Bench;

/// <summary>What one operation took.</summary>
/// <param name="Nanoseconds">The median.</param>
/// <param name="Best">The shortest sample: what it takes when nothing else runs.</param>
/// <param name="Bytes">How much it allocated on the heap.</param>
internal readonly record struct Figure(double Nanoseconds, double Best, double Bytes);

/// <summary>Prints a row as soon as it is known.</summary>
internal sealed class QuickTable
{
    private readonly bool _markdown;
    private int _misses;

    internal QuickTable(bool markdown)
    {
        _markdown = markdown;
        Write("operation", "entries", "median", "best", "kernel C", "ratio", "allocated");
        if (markdown)
            Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
    }

    internal void Row(string operation, int entries, Figure figure)
    {
        var kernel = KernelFigures.For(operation.Split(',')[0], entries);
        if (kernel is { } total && operation == Operation.Fork)
            kernel = total / entries;
        var ratio = kernel / figure.Nanoseconds;
        if (ratio < 1)
            _misses++;
        Write(
            operation,
            entries == 0 ? "" : entries.ToString(CultureInfo.InvariantCulture),
            Number(figure.Nanoseconds, "0.0"),
            Number(figure.Best, "0.0"),
            Number(kernel, "0.#"),
            Number(ratio, "0.00"),
            Number(figure.Bytes, "0"));
    }

    internal void End() => Console.WriteLine(
        $"\nNanoseconds an operation (of a fork: an entry); ratio: of the median, above 1: faster than the kernel's own C code ({_misses} below); allocated: bytes an operation.");

    private static string Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private void Write(string operation, string entries, string median, string best, string kernel, string ratio, string bytes) => Console.WriteLine(
        _markdown
            ? $"| {operation} | {entries} | {median} | {best} | {kernel} | {ratio} | {bytes} |"
            : $"{operation,-26}{entries,9}{median,10}{best,10}{kernel,10}{ratio,8}{bytes,11}");
}
