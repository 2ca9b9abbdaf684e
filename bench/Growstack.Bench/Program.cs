// Runs the benchmarks: `dotnet run -c Release --project bench/Growstack.Bench -- --filter '*Lookup*'`; `footprint` prints bytes an entry.
using BenchmarkDotNet.Running;

using Growstack.Bench;

if (args is ["footprint"])
    Footprint.Print();
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
