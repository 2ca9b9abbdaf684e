// Runs the benchmarks: all that matters in a minute (`quick`), guest memory (`memory`), bytes an entry (`footprint`), or BenchmarkDotNet with its own options.
using BenchmarkDotNet.Running;

using Growstack.Bench;

const string Usage = """
    Growstack.Bench quick [OPTION…]   every operation at every size, in about a minute, with the kernel's figures
        --sizes N,N…     entries in the map (default: 10,100,1000,10000,100000,1000000)
        --only TEXT      only operations whose name contains TEXT
        --subject NAME   map: the whole map (default); index: its index alone;
                         list, set, interval: what else one would use
        --markdown       print a Markdown table
        --document       measure all subjects, and print the tables of docs/speed.md
                         and of README.md (some minutes)
    Growstack.Bench memory            reads, writes and faults of a guest, beside a Dictionary of pages
    Growstack.Bench footprint         bytes an entry
    Growstack.Bench OPTION…           BenchmarkDotNet; for example -i --filter '*Lookup*'

    """;

switch (args)
{
    case ["quick", .. var options]:
        return QuickOptions.TryParse(options, out var quick) ? Quick.Run(quick) : Misused();
    case ["memory"]:
        QuickMemory.Run();
        return 0;
    case ["footprint"]:
        Footprint.Print();
        return 0;
    case ["--help" or "-h" or "help"]:
        Console.WriteLine(Usage);
        Console.WriteLine("BenchmarkDotNet's options:");
        break;
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
return 0;

static int Misused()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
