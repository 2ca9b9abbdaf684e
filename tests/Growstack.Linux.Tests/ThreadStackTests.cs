// The stacks of threads.
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
            Assert.InRange(stack.Growths, i == 0 ? 0 : 1, 10);
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
