// The tables of docs/speed.md and README.md, from one run over all subjects.
using System.Globalization;

namespace Growstack.Bench;

/// <summary>Collects what every subject took, and prints it side by side.</summary>
internal sealed class QuickDocument(int[] sizes)
{
    private static readonly (string Operation, string Title)[] Rows =
    [
        (Operation.LookupSame, "look up the same again"),
        (Operation.LookupSequential, "look up in order"),
        (Operation.LookupRandom, "look up at random"),
        (Operation.FindSpace, "find room"),
        (Operation.InsertRemove, "insert and remove"),
        (Operation.Churn, "churn"),
        (Operation.Fork, "fork, an entry"),
    ];

    private static readonly (string Operation, string Title)[] MapRows =
    [
        (Operation.LookupEntry, "look up the same again, the whole entry"),
        (Operation.LookupParallel, "look up at random, each of two threads"),
    ];

    private readonly Dictionary<(string Subject, string Operation, int Entries), double> _figures = [];

    internal void Add(string subject, string operation, int entries, Figure figure) => _figures[(subject, operation, entries)] = figure.Nanoseconds;

    internal void Print()
    {
        Console.WriteLine("docs/speed.md:\n");
        Header("|  |  |");
        foreach (var (operation, title) in Rows)
        {
            Row($"| {title} | index |", entries => Of("index", operation, entries));
            Row("|  | whole map |", entries => Of("map", operation, entries));
            Row("|  | kernel, C |", entries => Kernel(operation, entries));
            Row("|  | best alternative |", entries => BestAlternative(operation, entries));
        }
        Console.WriteLine();
        Header("| whole map |");
        foreach (var (operation, title) in MapRows)
            Row($"| {title} |", entries => Of("map", operation, entries));
        Console.WriteLine();
        Console.WriteLine("| a stack of 8 MB made, grown 62 times, removed | whole map | kernel, C |\n|---|---:|---:|");
        foreach (var (release, title) in (ReadOnlySpan<(string, string)>)[("FreeBsd10", "release 10"), ("FreeBsd12", "release 12")])
            Console.WriteLine($"| {title} | {Of("map", $"{Operation.Stack}, {release}", 0)} | {Text(KernelFigures.For(Operation.Stack, 10))} |");

        Console.WriteLine("\nREADME.md (whole map / kernel, C / best alternative):\n");
        Header("| ns an operation, entries: |");
        foreach (var (operation, title) in Rows)
            Row($"| {title} |", entries => $"{Of("map", operation, entries)} / {Kernel(operation, entries)} / {BestAlternative(operation, entries).Split(' ')[0]}");
    }

    private void Header(string left)
    {
        Console.WriteLine($"{left} {string.Join(" | ", sizes.Select(static s => s.ToString("N0", CultureInfo.InvariantCulture)))} |");
        Console.WriteLine($"{string.Concat(left.Where(static c => c == '|').Skip(1).Select(static _ => "|---"))}{string.Concat(sizes.Select(static _ => "|---:"))}|");
    }

    private void Row(string left, Func<int, string> cell) => Console.WriteLine($"{left} {string.Join(" | ", sizes.Select(cell))} |");

    private string Of(string subject, string operation, int entries) => Text(_figures.TryGetValue((subject, operation, entries), out var figure) ? figure : null);

    private static string Kernel(string operation, int entries)
    {
        var figure = KernelFigures.For(operation, entries);
        return Text(operation == Operation.Fork ? figure / entries : figure);
    }

    private string BestAlternative(string operation, int entries)
    {
        (double Figure, string Name)? best = null;
        foreach (var name in (ReadOnlySpan<string>)["list", "set", "interval"])
        {
            if (_figures.TryGetValue((name, operation, entries), out var figure) && (best is null || figure < best.Value.Figure))
                best = (figure, name);
        }
        return best is { } found ? $"{Text(found.Figure)} ({found.Name})" : "-";
    }

    private static string Text(double? figure) => figure?.ToString(figure < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture) ?? "-";
}
