// A stack's life: made, grown piece by piece to its 8 MB, removed.
using BenchmarkDotNet.Attributes;

using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Bench;

public class StackBenchmarks
{
    private const ulong Size = 8 << 20;
    private const ulong Bottom = 0x7000_0000_0000;
    private const ulong Step = 128 * 1024;
    private VmProcess _process = null!;

    [Params(VmRelease.FreeBsd10, VmRelease.FreeBsd12)]
    public VmRelease Release { get; set; }

    [GlobalSetup]
    public void Fill() => _process = new VmProcess(new VmSpace(new VmSystem(Release), Layout.Min, Layout.Max));

    [Benchmark, BenchmarkCategory(Operation.Stack)]
    public KernReturn MakeGrowRemove()
    {
        _process.MapStack(Bottom, Size, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown);
        for (var grown = 1ul; grown <= 62; grown++)
            _process.GrowStack(Bottom + Size - (grown * Step) - 1);
        return _process.Map.Remove(Bottom, Bottom + Size);
    }
}
