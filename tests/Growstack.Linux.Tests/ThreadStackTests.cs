// The stacks of threads.
using System.Globalization;
using Growstack.Maps;

namespace Growstack.Linux.Tests;

public class ThreadStackTests
{
    private const ulong Kilobyte = 1024;

    [Theory]
    [InlineData("deep")]
    [InlineData("reuse")]
    [InlineData("overflow")]
    [InlineData("recover")]
    [InlineData("attributes")]
    [InlineData("fork")]
    [InlineData("blocked")]
    public void Threads_run_as_natively(string what)
    {
        string program = Fixture.Compile("threadstacks");
        var native = Fixture.RunNatively(["/bin/sh", "-c", "exec \"$0\" \"$1\"", program, what]);
        foreach (var release in new[] { VmRelease.FreeBsd12, VmRelease.FreeBsd10 })
        {
            var run = Fixture.Run([program, what], o => o with { Release = release });
            Assert.Equal(native.Output, run.Output);
            Assert.Equal(native.ExitCode, run.Result.SuggestedExitCode);
            Assert.Equal(0, run.Program.UnmanagedThreads);
        }
    }

    [Fact]
    public void Each_thread_has_its_own_figures()
    {
        var run = Fixture.Run([Fixture.Compile("threadstacks"), "deep"]);
        var threads = run.Program.Stacks.Where(s => s.Kind == StackKind.Thread).ToList();
        Assert.Equal(8, threads.Count);
        for (int i = 0; i < 8; i++)
        {
            var stack = Assert.Single(threads, s => s.ThreadName == $"deep-{i * 800}");
            ulong used = (ulong)i * 800 * 1000;
            Assert.InRange(stack.PeakBytes, used, (used * 11 / 10) + (32 * Kilobyte));
            Assert.Equal(8192 * Kilobyte, stack.LimitBytes);
            Assert.True(stack.PeakIsExact);
            Assert.InRange(stack.Growths, i == 0 ? 0 : 1, 15);
        }
    }

    [Fact]
    public void The_peak_starts_anew_on_a_reused_stack()
    {
        var run = Fixture.Run([Fixture.Compile("threadstacks"), "reuse"]);
        var threads = run.Program.Stacks.Where(s => s.Kind == StackKind.Thread).ToList();
        Assert.Equal(3, threads.Count);
        Assert.Single(threads.Select(t => t.Start).Distinct());
        Assert.InRange(threads[0].PeakBytes, 3000 * Kilobyte, 3500 * Kilobyte);
        Assert.InRange(threads[1].PeakBytes, 100 * Kilobyte, 150 * Kilobyte);
        Assert.InRange(threads[2].PeakBytes, 2000 * Kilobyte, 2400 * Kilobyte);
    }

    [Fact]
    public void The_peak_is_right_to_the_page_whoever_had_the_stack_before()
    {
        var run = Fixture.Run([Fixture.Compile("threadstacks"), "used"]);
        ulong[] used = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ulong.Parse(line, CultureInfo.InvariantCulture))];
        ulong[] told = [.. run.Program.Stacks.Where(s => s.Kind == StackKind.Thread).Select(s => s.PeakBytes)];
        Assert.Equal(used, told);
    }

    [Fact]
    public void A_threads_overflow_names_the_thread()
    {
        var run = Fixture.Run([Fixture.Compile("threadstacks"), "overflow"]);
        Assert.Equal(11, run.Result.Signal);
        var overflow = Assert.NotNull(run.Program.FatalOverflow);
        Assert.NotEqual(overflow.Pid, overflow.ThreadId);
        var stack = Assert.Single(run.Program.Stacks, s => s.Kind == StackKind.Thread);
        Assert.Equal(overflow.Stack, stack.Start);
        Assert.Equal(overflow.ThreadId, stack.ThreadId);
        Assert.Equal(256 * Kilobyte, overflow.Limit);
        Assert.InRange(overflow.BytesBelowLimit, 1UL, 4096UL);
    }

    [Fact]
    public void A_caught_overflow_in_a_thread_is_counted()
    {
        var run = Fixture.Run([Fixture.Compile("threadstacks"), "recover"]);
        Assert.Equal(6, run.Program.Overflows.Count);
        Assert.Null(run.Program.FatalOverflow);
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("guarded")]
    [InlineData("marked")]
    [InlineData("markedoverflow")]
    [InlineData("markedlater")]
    [InlineData("remarked")]
    [InlineData("arena")]
    [InlineData("static")]
    [InlineData("setstack")]
    [InlineData("unguarded")]
    [InlineData("probed")]
    [InlineData("cut")]
    [InlineData("fork")]
    [InlineData("overflow")]
    [InlineData("ownguard")]
    [InlineData("touched")]
    public void Stacks_of_the_programs_own_making_serve_as_natively(string what)
    {
        string program = Fixture.Compile("ownstacks");
        var native = Fixture.RunNatively(["/bin/sh", "-c", "exec \"$0\" \"$1\"", program, what]);
        if (native.ExitCode == 77)
            Assert.Skip("this kernel knows no guard marks (MADV_GUARD_INSTALL)");
        foreach (var release in new[] { VmRelease.FreeBsd12, VmRelease.FreeBsd10 })
        {
            var run = Fixture.Run([program, what], o => o with { Release = release });
            Assert.Equal(native.Output, run.Output);
            Assert.Equal(native.ExitCode, run.Result.SuggestedExitCode);
        }
    }

    [Theory]
    [InlineData("whole", 1024, 0)]
    [InlineData("guarded", 1024, 8)]
    [InlineData("marked", 1008, 16)]
    [InlineData("unguarded", 1020, 0)]
    public void Stacks_of_the_programs_own_making_grow(string what, int limit, int guard)
    {
        var run = Fixture.Run([Fixture.Compile("ownstacks"), what]);
        if (run.Result.ExitStatus == 77)
            Assert.Skip("this kernel knows no guard marks (MADV_GUARD_INSTALL)");
        Assert.Equal(0, run.Program.UnmanagedThreads);
        var stack = run.Program.Stacks.First(s => s.Kind == StackKind.Thread);
        Assert.True(stack.IsManaged);
        Assert.Equal(3, stack.Growths);
        Assert.Equal((ulong)limit * Kilobyte, stack.LimitBytes);
        Assert.Equal((ulong)guard * Kilobyte, stack.GuardBytes);
        Assert.InRange(stack.PeakBytes, 600 * Kilobyte, 720 * Kilobyte);
        Assert.True(stack.PeakIsExact);
    }

    [Theory]
    [InlineData("arena", 4)]
    [InlineData("static", 1)]
    [InlineData("touched", 1)]
    public void Stacks_in_the_midst_of_other_memory_are_measured_only(string what, int threads)
    {
        var run = Fixture.Run([Fixture.Compile("ownstacks"), what]);
        Assert.Equal(threads, run.Program.UnmanagedThreads);
        var stacks = run.Program.Stacks.Where(s => s.Kind == StackKind.Thread).ToList();
        Assert.Equal(threads, stacks.Count);
        Assert.All(stacks, stack =>
        {
            Assert.False(stack.IsManaged);
            Assert.Equal(0, stack.Growths);
            Assert.InRange(stack.PeakBytes, 130 * Kilobyte, 720 * Kilobyte);
        });
    }

    [Theory]
    [InlineData("overflow", 0)]
    [InlineData("ownguard", 0)]
    [InlineData("markedoverflow", 0)]
    [InlineData("markedlater", 1)]
    public void An_overflow_into_any_kind_of_guard_is_told(string what, int thread)
    {
        var run = Fixture.Run([Fixture.Compile("ownstacks"), what]);
        if (run.Result.ExitStatus == 77)
            Assert.Skip("this kernel knows no guard marks (MADV_GUARD_INSTALL)");
        var overflow = Assert.NotNull(run.Program.FatalOverflow);
        var stack = run.Program.Stacks.Where(s => s.Kind == StackKind.Thread).ElementAt(thread);
        Assert.Equal(stack.ThreadId, overflow.ThreadId);
        Assert.InRange(overflow.BytesBelowLimit, 1UL, 4096UL);
        Assert.True(stack.PeakIsExact);
        Assert.Equal(stack.LimitBytes, stack.PeakBytes);
    }

    [Fact]
    public void The_jvm_finds_its_own_overflow()
    {
        string java = Fixture.RequireTool("java");
        string source = Path.ChangeExtension(Fixture.NewFile(), ".java");
        File.WriteAllText(source, """
            class Deep {
                static int depth;
                static int recurse(int n) { depth = n; return recurse(n + 1) + 1; }
                public static void main(String[] args) throws Exception {
                    for (int i = 0; i < 3; i++) {
                        Thread thread = new Thread(null, () -> { try { recurse(0); } catch (StackOverflowError e) { System.out.println("caught"); } }, "deep", 4 << 20);
                        thread.start();
                        thread.join();
                    }
                }
            }
            """);
        var run = Fixture.Run([java, "-Xint", source], o => o with { Verify = false });
        Assert.Equal("caught\ncaught\ncaught\n", run.Output);
        Assert.Equal(0, run.Result.ExitStatus);
    }
}
