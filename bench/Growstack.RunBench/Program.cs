// Whole programs, natively and under growstack, in turns: medians and ratios, as README's table in Markdown.
//   dotnet publish src/Growstack.Cli -c Release -o artifacts/growstack
//   dotnet run -c Release --project bench/Growstack.RunBench -- [--growstack FILE] [--filter TEXT] [--pairs N] [--no-tools | --record] [--aims] [--more]
// With --record: what recording costs, growstack with it against growstack without.
using System.Globalization;
using Growstack.RunBench;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

string growstack = Path.GetFullPath(Option("--growstack") ?? Environment.GetEnvironmentVariable("GROWSTACK_BIN") ?? "artifacts/growstack/growstack");
if (!File.Exists(growstack))
{
    Console.Error.WriteLine($"{growstack} is not there: publish the command first, dotnet publish src/Growstack.Cli -c Release -o artifacts/growstack");
    return 1;
}

if (!int.TryParse(Option("--pairs") ?? "15", NumberStyles.None, CultureInfo.InvariantCulture, out int pairs) || pairs < 1)
{
    Console.Error.WriteLine("--pairs takes a whole number from 1 on");
    return 1;
}

// The fixtures lie beside the program.
Environment.CurrentDirectory = AppContext.BaseDirectory;
using var bench = new Bench(growstack, pairs, tools: !args.Contains("--no-tools"), recorded: args.Contains("--record"), aims: args.Contains("--aims"));
Console.WriteLine(bench.Head);
foreach (var row in (args.Contains("--more") ? [.. Cases.All, .. Cases.More] : Cases.All).Where(each => each.Name.Contains(Option("--filter") ?? "", StringComparison.OrdinalIgnoreCase)))
    Console.WriteLine(bench.Row(row));
return 0;
