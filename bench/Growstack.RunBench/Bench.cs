// Runs the cases pair by pair and makes the table.
using System.Globalization;

namespace Growstack.RunBench;

/// <summary>Measures a case natively, under growstack and, where they are installed, under other tools.</summary>
internal sealed class Bench : IDisposable
{
    private readonly string _growstack;
    private readonly int _pairs;
    private readonly bool _aims;
    private readonly string _scratch = Directory.CreateTempSubdirectory("growstack-bench-").FullName;
    private readonly (string Name, string[] Words)[] _tools;
    private readonly bool _recorded;

    /// <param name="growstack">The published command.</param>
    /// <param name="pairs">How many pairs count.</param>
    /// <param name="tools">Whether other tools are measured too.</param>
    /// <param name="recorded">Whether growstack with --record is compared with growstack without, and not with native runs.</param>
    /// <param name="aims">Whether the table says what is aimed at.</param>
    public Bench(string growstack, int pairs, bool tools, bool recorded, bool aims)
    {
        _growstack = growstack;
        _pairs = pairs;
        _recorded = recorded;
        _aims = aims;
        tools &= !recorded;
        _tools = !tools ? [] :
        [
            ("strace", ["strace", "-f", "--seccomp-bpf", "-e", "trace=memory", "-o", "/dev/null"]),
            ("drd", ["valgrind", "--tool=drd", "--show-stack-usage=yes", "--trace-children=yes"]),
            ("massif", ["valgrind", "--tool=massif", "--stacks=yes", "--massif-out-file=/dev/null", "--trace-children=yes"]),
        ];
    }

    /// <summary>The table's head. The tools' columns are ratios to native.</summary>
    public string Head => (_recorded ? "| program | growstack | with --record | ratio |" : "| program | native | growstack | ratio |") + (_aims ? " aim |" : "") + string.Concat(_tools.Select(tool => $" {tool.Name} |"))
        + "\n|---|---:|---:|---:|" + (_aims ? "---:|" : "") + string.Concat(_tools.Select(_ => "---:|"));

    /// <summary>Measures a case and makes its row; a program that is missing or fails says so in its row.</summary>
    public string Row(Case row)
    {
        string[]? program = Locate(row.Command);
        if (program is null)
            return Empty(row, "not installed");
        string[] native = row.StackMegabytes == 0 ? program : ["prlimit", Invariant($"--stack={(long)row.StackMegabytes << 20}:"), "--", .. program];
        string[] under = Under(row, program);
        if (_recorded)
            (native, under) = (under, Under(row, program, "--record", Path.Combine(_scratch, "recording")));
        var natives = new List<double>();
        var unders = new List<double>();
        var ratios = new List<double>();
        // The first pair warms caches and is not counted; who comes first alternates.
        for (int pair = 0; pair <= _pairs; pair++)
        {
            double? first = Once(row, pair % 2 == 0 ? native : under), second = Once(row, pair % 2 == 0 ? under : native);
            if (first is not { } one || second is not { } two)
                return Empty(row, "fails");
            var (plain, managed) = pair % 2 == 0 ? (one, two) : (two, one);
            if (pair == 0)
                continue;
            natives.Add(plain);
            unders.Add(managed);
            ratios.Add(managed / plain);
        }

        double middle = Median(natives);
        return $"| {row.Name} | {Text(row, middle)} | {Text(row, Median(unders))} | {Invariant($"{Median(ratios):0.00}")} |{Aim(row)}"
            + string.Concat(_tools.Select(tool => $" {Tool(row, tool.Words, program, middle)} |"));
    }

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    private string[] Under(Case row, string[] program, params string[] options) =>
        [_growstack, "run", "--quiet", .. options, .. row.StackMegabytes == 0 ? Array.Empty<string>() : ["--stack", Invariant($"{row.StackMegabytes}M")], "--", .. program];

    private string Empty(Case row, string why) => $"| {row.Name} | {why} | | |{Aim(row)}" + string.Concat(_tools.Select(_ => " |"));

    private string Aim(Case row) => _aims ? $" {row.Aim} |" : "";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Text(Case row, double figure) => row.Figure switch
    {
        Figure.Printed when figure >= 1000 => Invariant($"{figure / 1000:0.0} µs"),
        Figure.Printed => Invariant($"{figure:0} ns"),
        _ => Invariant($"{figure:0.0} ms"),
    };

    private static double Median(List<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? program : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>Another tool's time as a multiple of the native one: the better of two runs, for the slow ones are slow enough.</summary>
    private string Tool(Case row, string[] tool, string[] program, double native)
    {
        if (!row.Tools || Find(tool[0]) is null)
            return "–";
        // valgrind makes the main stack itself and must be told its size.
        string[] size = tool[0] == "valgrind" && row.StackMegabytes > 0 ? [Invariant($"--main-stacksize={(long)row.StackMegabytes << 20}")] : [];
        string[] limit = row.StackMegabytes == 0 ? [] : ["prlimit", Invariant($"--stack={(long)row.StackMegabytes << 20}:"), "--"];
        string[] command = [.. limit, .. tool, .. size, .. program];
        double?[] runs = [Once(row, command), Once(row, command)];
        return runs.Min() is { } best ? Invariant($"{best / native:0.0}") : "fails";
    }

    private double? Once(Case row, string[] command)
    {
        string output = Path.Combine(_scratch, "output");
        var (milliseconds, status) = Child.Run(command, output);
        // java's example ends with a status of its own.
        if (status is not (0 or 13))
            return null;
        return row.Figure == Figure.WallClock ? milliseconds
            : double.TryParse(File.ReadAllText(output), CultureInfo.InvariantCulture, out double printed) ? printed : null;
    }

    /// <summary>The program with its first word made a path: a C fixture is compiled, others are looked for.</summary>
    private string[]? Locate(string[] command)
    {
        string source = Path.Combine("Programs", command[0] + ".c"), target = Path.Combine(_scratch, command[0]);
        if (File.Exists(source) && !File.Exists(target)
            && Child.Run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread", "-o", target, source], "/dev/null").Status != 0)
            return null;
        string? path = File.Exists(target) ? target : Find(command[0]);
        return path is null ? null : [path, .. command[1..]];
    }
}
