// A guest's memory: accesses of 8 bytes to pages that exist, and what a page costs that must first be made or copied.
using BenchmarkDotNet.Attributes;

using Growstack.Maps;

namespace Growstack.Bench;

/// <summary>The operations, over what one would use today (<see cref="PageDictionary"/>) or the library's own memory (<see cref="MappedMemory"/>).</summary>
[GenericTypeArguments(typeof(MappedMemory))]
[GenericTypeArguments(typeof(PageDictionary))]
public class MemoryBenchmarks<T>
    where T : IGuestPages<T>
{
    internal const int Accesses = 4096;
    internal const int Pages = 1024;
    private const ulong At = 0x10_0000_0000;
    private readonly ulong[] _random = new ulong[Accesses];
    private T _memory = default!;

    [GlobalSetup]
    public void Fill()
    {
        _memory = T.Create();
        _memory.Map(At, Pages);
        var random = new Random(1);
        for (var page = 0ul; page < Pages; page++)
            _memory.Write(At + (page * VmPage.Size), page);
        for (var i = 0; i < _random.Length; i++)
            _random[i] = At + ((ulong)random.Next(Pages * 512) * 8);
    }

    [Benchmark(OperationsPerInvoke = Accesses)]
    public ulong Read()
    {
        var sum = 0ul;
        for (var i = 0ul; i < Accesses; i++)
            sum += _memory.Read(At + (i * 8));
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Accesses)]
    public void Write()
    {
        for (var i = 0ul; i < Accesses; i++)
            _memory.Write(At + (i * 8), i);
    }

    [Benchmark(OperationsPerInvoke = Accesses)]
    public ulong ReadAtRandom()
    {
        var sum = 0ul;
        foreach (var address in _random)
            sum += _memory.Read(address);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Accesses)]
    public void WriteAtRandom()
    {
        foreach (var address in _random)
            _memory.Write(address, address);
    }

    /// <summary>Maps pages, touches each, and unmaps them.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void Touch()
    {
        const ulong Fresh = At + 0x1000_0000;
        _memory.Map(Fresh, Pages);
        for (var page = 0ul; page < Pages; page++)
            _memory.Write(Fresh + (page * VmPage.Size), page);
        _memory.Unmap(Fresh, Pages);
    }

    /// <summary>Forks, and lets the child write to every page.</summary>
    [Benchmark(OperationsPerInvoke = Pages)]
    public void ForkAndWrite()
    {
        var child = _memory.Fork();
        for (var page = 0ul; page < Pages; page++)
            child.Write(At + (page * VmPage.Size), page);
        child.End();
    }

    /// <summary>Forks, and lets the child write to one page.</summary>
    [Benchmark]
    public void Fork()
    {
        var child = _memory.Fork();
        child.Write(At, 1);
        child.End();
    }
}
