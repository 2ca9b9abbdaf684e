// The main stack: growth, figures, limits, overflow.
using Growstack.Maps;

namespace Growstack.Linux.Tests;

public class StackTests
{
    private const ulong Megabyte = 1 << 20;

    [Fact]
    public void Another_process_raises_the_limit()
    {
        string prlimit = Fixture.RequireTool("prlimit");
        var raised = new RaisingObserver(pid => Fixture.RunNatively([prlimit, "--pid", $"{pid}", "--stack=33554432:"]));
        var run = Fixture.Run([Fixture.Compile("recurse"), "20"], o => o with { StackLimit = 8 * Megabyte }, raised);
        Assert.Equal("1\n", run.Output);
        Assert.Equal(32 * Megabyte, run.Program.MainStack!.LimitBytes);
    }

    /// <summary>Does something once, when a stack has grown.</summary>
    private sealed class RaisingObserver(Action<int> act) : IRunObserver
    {
        private bool _done;

        public void OnStackGrown(in StackGrowth growth, StoppedThread thread)
        {
            if (!_done)
                act(growth.Pid);
            _done = true;
        }
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(60, 64)]
    [InlineData(1000, 1024)]
    public void Deep_recursion_grows_the_stack(int depth, int limit)
    {
        var run = Fixture.Run([Fixture.Compile("recurse"), $"{depth}"], o => o with { StackLimit = (ulong)limit * Megabyte });
        Assert.Equal("1\n", run.Output);
        var stack = run.Program.MainStack!;
        Assert.True(stack.PeakIsExact);
        Assert.InRange(stack.PeakBytes, (ulong)depth * Megabyte, (ulong)depth * Megabyte + 65536);
        Assert.InRange(stack.MappedBytes, stack.PeakBytes, (ulong)limit * Megabyte);
        Assert.Equal((ulong)limit * Megabyte, stack.LimitBytes);
        Assert.InRange(stack.Growths, 1, 140);
        Assert.Equal(stack.LimitBytes - stack.PeakBytes, stack.HeadroomBytes);
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Both_releases_grow_by_the_exact_step_when_asked_to(VmRelease release)
    {
        var run = Fixture.Run([Fixture.Compile("recurse"), "4"], o => o with { Release = release, GeometricGrowth = false, StackGrowthSize = 65536 });
        Assert.Equal("1\n", run.Output);
        var stack = run.Program.MainStack!;
        Assert.Equal(0UL, stack.MappedBytes % 65536);
        Assert.Equal((stack.MappedBytes / 65536) - 1, (ulong)stack.Growths);
        Assert.InRange(stack.MappedBytes - stack.PeakBytes, 0UL, 65536UL);
        Assert.Equal(release == VmRelease.FreeBsd10 ? 0UL : 4096UL, stack.GuardBytes);
    }

    // A stack that is deep and used page by page gets its next quarter with the pages made: they count when they are used, and only then.
    [Theory]
    [InlineData(1_048_576, 1_048_576)]
    [InlineData(1_500_000, 4096)]
    [InlineData(20_000_000, 4096)]
    [InlineData(20_000_000, 2048)]
    [InlineData(20_000_000, 65_536)]
    public void The_peak_is_exact_to_the_page(int distance, int step)
    {
        var run = Fixture.Run([Fixture.Compile("touch"), $"{distance}", $"{step}"], o => o with { StackLimit = 64 * Megabyte });
        ulong[] printed = [.. run.Output.Split(' ').Select(number => ulong.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(run.Program.MainStack!.PeakBytes, printed[0]);
        Assert.InRange(printed[1], 1UL, ((ulong)distance / (ulong)Math.Max(step, 4096) * 4096) + 65_536);
    }

    [Fact]
    public void Pages_made_for_a_deep_stack_are_a_quarter_of_it_at_most()
    {
        var run = Fixture.Run([Fixture.Compile("recurse"), "20"], o => o with { StackLimit = 64 * Megabyte });
        var stack = run.Program.MainStack!;
        Assert.InRange(stack.MappedBytes, stack.PeakBytes, stack.PeakBytes * 5 / 4);
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void An_overflow_ends_the_program_and_is_reported(VmRelease release)
    {
        var run = Fixture.Run([Fixture.Compile("overflow")], o => o with { Release = release, StackLimit = Megabyte });
        Assert.Equal("before\n", run.Output);
        Assert.Equal(RunStatus.Signaled, run.Result.Status);
        Assert.Equal(11, run.Result.Signal);
        var overflow = Assert.NotNull(run.Program.FatalOverflow);
        Assert.Equal(run.Program.Pid, overflow.Pid);
        Assert.Equal(run.Program.Pid, overflow.ThreadId);
        Assert.Equal("overflow", overflow.ThreadName);
        Assert.Equal(Megabyte, overflow.Limit);
        Assert.Equal(KernReturn.NoSpace, overflow.Reason);
        Assert.True(overflow.Fatal);
        var stack = run.Program.MainStack!;
        Assert.Equal(stack.End - Megabyte - overflow.BytesBelowLimit, overflow.FaultAddress);
        Assert.InRange(overflow.BytesBelowLimit, 1UL, 4096UL);
        Assert.Equal(Megabyte, stack.PeakBytes);
        Assert.Equal(0UL, stack.HeadroomBytes);
    }

    [Fact]
    public void A_program_that_catches_its_overflow_goes_on()
    {
        var run = Fixture.Run([Fixture.Compile("recover")]);
        Assert.Equal("caught 0\ncaught 1\ncaught 2\n", run.Output);
        Assert.Equal(7, run.Result.ExitStatus);
        Assert.Equal(3, run.Program.Overflows.Count);
        Assert.All(run.Program.Overflows, overflow => Assert.False(overflow.Fatal));
        Assert.Null(run.Program.FatalOverflow);
    }

    [Fact]
    public void The_limit_is_what_the_program_sees()
    {
        var run = Fixture.Run(["sh", "-c", "ulimit -s"], o => o with { StackLimit = 3 * Megabyte });
        Assert.Equal("3072\n", run.Output);
    }

    [Fact]
    public void A_limit_changed_at_run_time_holds()
    {
        var lowered = Fixture.Run([Fixture.Compile("recurse"), "3", "lower", "1"]);
        Assert.Equal(11, lowered.Result.Signal);
        Assert.Equal(Megabyte, lowered.Program.FatalOverflow!.Value.Limit);
        var raised = Fixture.Run([Fixture.Compile("recurse"), "3", "lower", "4"], o => o with { StackLimit = Megabyte });
        Assert.Equal("1\n", raised.Output);
    }

    [Fact]
    public void Large_arguments_fit()
    {
        string large = new('x', 120_000);
        var run = Fixture.Run(["sh", "-c", "echo ${#1} ${#2} ${#3}", "sh", large, large, large]);
        Assert.Equal("120000 120000 120000\n", run.Output);
        Assert.InRange(run.Program.MainStack!.PeakBytes, 360_000UL, 600_000UL);
    }

    [Fact]
    public void The_program_sees_the_stack_it_would_see_natively()
    {
        string program = Fixture.Compile("looks");
        var native = Fixture.RunNatively([program]);
        var run = Fixture.Run([program]);
        Assert.Equal(native.Output, run.Output);
    }

    [Fact]
    public void Vmem_refuses_what_would_pass_it()
    {
        var run = Fixture.Run([Fixture.Compile("vmem")], o => o with { VmemLimit = 64 * Megabyte });
        Assert.Equal("mmap 12\nbrk 12\nmremap 12\n", run.Output);
    }

    [Fact]
    public void Growth_stops_at_vmem()
    {
        var run = Fixture.Run([Fixture.Compile("recurse"), "60"], o => o with { StackLimit = 64 * Megabyte, VmemLimit = 32 * Megabyte });
        Assert.Equal(11, run.Result.Signal);
        Assert.Equal(0UL, run.Program.FatalOverflow!.Value.BytesBelowLimit);
    }

    [Fact]
    public void The_final_map_shows_gap_and_stack()
    {
        var run = Fixture.Run([Fixture.Compile("recurse"), "1"], o => o with { KeepMaps = true });
        var map = run.Program.FinalMap!;
        var stack = run.Program.MainStack!;
        var gap = Assert.Single(map, row => row.Kind == MappedKind.StackGap);
        Assert.Equal(stack.Start, gap.Start);
        Assert.Equal(stack.End - stack.MappedBytes, gap.End);
        Assert.Contains(map, row => row.Kind == MappedKind.Stack && row.End == stack.End && row.Path == "[stack]");
        Assert.Contains(map, row => row.Kind == MappedKind.File && row.Path!.EndsWith("/recurse", StringComparison.Ordinal));
        Assert.Contains(map, row => row.Kind == MappedKind.Kernel && row.Path == "[vdso]");
    }
}
