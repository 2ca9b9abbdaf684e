// Without the permission to read memory, stacks are told by the layout alone: the answer may be "unknown", never wrong.
using Growstack.Linux.Inspection;
using Growstack.Linux.Tests.Fixtures;
using Growstack.Maps;

namespace Growstack.Linux.Tests.Inspection;

public sealed class StackLocatorTests
{
    private const ulong Page = 4096;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Layout_alone_never_gives_a_wrong_range(bool knowsDescriptor, bool knowsStackPointer)
    {
        using var program = CProgram.Start(CProgram.Build("stacks.c", "-O1 -pthread"));
        var truth = StackTruth.Parse(program.Lines);
        var proc = new ProcFs();
        var regions = RegionMap.Parse(File.ReadAllText(proc.PathOf(program.Id, "maps")));
        var threads = ThreadProbes.ReadAll(proc, program.Id, inContainer: false)
            .ConvertAll(t => t with { RobustList = knowsDescriptor ? t.RobustList : 0, StackPointer = knowsStackPointer ? t.StackPointer : null });

        var locator = new StackLocator(regions, ProcessRuntime.Glibc, threads);

        var placed = 0;
        foreach (var thread in threads.Where(t => t.ThreadId != program.Id))
        {
            var expected = truth[thread.ThreadId];
            var place = locator.Locate(thread, descriptor: null);
            Assert.True(place.Start is null || place.Start == expected.Start, $"{expected.Name}: {place}");
            Assert.True(place.End is null || place.End == expected.End, $"{expected.Name}: {place}");
            placed += place.Start is not null && place.End is not null ? 1 : 0;
        }

        // At least those whose guard bounds them: small, default, deep, bigguard, large.
        Assert.True(!knowsDescriptor || placed >= 5);
    }

    [Fact]
    public void A_stack_in_the_heap_of_Go_is_called_so()
    {
        var heap = new MapRegion(0xc0_0000_0000, 0xc0_0400_0000, VmProt.ReadWrite, FromFile: false, "[anon: Go: heap]");
        var thread = new ThreadProbe(2, 2, "worker", 0xc0_0000_8000, ProcError.None, IsRunning: false, RobustList: 0);
        var regions = new RegionMap([heap]);

        var place = new StackLocator(regions, RuntimeDetector.Detect(regions), [thread]).Locate(thread, descriptor: null);

        Assert.Equal(StackOrigin.Go, place.Origin);
        Assert.Null(place.Start);
    }

    [Fact]
    public void A_thread_on_a_signal_stack_keeps_its_own_stack()
    {
        var block = new MapRegion(0x7f00_0000_1000, 0x7f00_0080_0000, VmProt.ReadWrite, FromFile: false, "");
        var guard = new MapRegion(block.Start - Page, block.Start, VmProt.None, FromFile: false, "");
        var thread = new ThreadProbe(2, 2, "worker", 0x5555_0000_1000, ProcError.None, IsRunning: false, RobustList: block.End - 0x660);

        var place = new StackLocator(new RegionMap([guard, block]), ProcessRuntime.Glibc, [thread]).Locate(thread, descriptor: null);

        Assert.True(place.OnOtherStack);
        Assert.Equal((block.Start, block.End), (place.Start, place.End));
    }

    [Theory]
    [InlineData("8388608", 8388608UL)]
    [InlineData("unlimited", ulong.MaxValue)]
    public void The_limit_is_read_from_the_limits_file(string soft, ulong expected) =>
        Assert.Equal(expected, MainStackLocator.ReadLimit($"Limit   Soft   Hard   Units\nMax stack size            {soft}              unlimited            bytes     \n"));
}
