// Threads, children, exec, and signals: a program that has them must not notice.
namespace Growstack.Linux.Tests;

public class ProcessTests
{
    [Theory]
    [InlineData("fork")]
    [InlineData("vfork")]
    [InlineData("spawn")]
    [InlineData("thread-exec")]
    [InlineData("leader-exits")]
    [InlineData("fork-in-thread")]
    [InlineData("daemon")]
    public void Process_calls_behave_as_natively(string what)
    {
        string program = Fixture.Compile("processes");
        var native = Fixture.RunNatively([program, what]);
        var run = Fixture.Run([program, what]);
        Assert.Equal(native.Output, run.Output);
        Assert.Equal(native.ExitCode, run.Result.SuggestedExitCode);
    }

    [Fact]
    public void A_fork_has_a_report_of_its_own_and_exec_starts_a_new_one()
    {
        var run = Fixture.Run(["sh", "-c", "(exit 3); /bin/true; exit 4"]);
        Assert.Equal(4, run.Result.ExitStatus);
        var first = run.Result.Processes[0];
        Assert.Equal(ImageEnd.Replaced, first.End);
        var child = Assert.Single(run.Result.Processes, p => p.ExitStatus == 3);
        Assert.Equal(ImageOrigin.Fork, child.Origin);
        Assert.Equal(first.Pid, child.ParentPid);
        Assert.Contains(run.Result.Processes, p => p is { Command: "true", Origin: ImageOrigin.Exec, End: ImageEnd.Exited });
        Assert.All(run.Result.Processes, p => Assert.NotNull(p.MainStack));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public void Many_threads_run(int count)
    {
        string program = Fixture.Compile("threads");
        var native = Fixture.RunNatively([program, $"{count}"]);
        var run = Fixture.Run([program, $"{count}"]);
        Assert.Equal(native.Output, run.Output);
        Assert.Equal(count + 1, run.Result.Statistics.Threads);
    }

    [Fact]
    public void A_static_program_runs()
    {
        var run = Fixture.Run([Fixture.Compile("threads", "-static"), "20"]);
        Assert.Equal(0, run.Result.ExitStatus);
    }

    [Fact]
    public void Fifty_children_of_a_shell()
    {
        var run = Fixture.Run(["bash", "-c", "for i in $(seq 50); do /bin/true; done; echo done"]);
        Assert.Equal("done\n", run.Output);
        Assert.Equal(51, run.Result.Processes.Count(p => p.Origin == ImageOrigin.Fork));
    }

    [Theory]
    [InlineData("storm")]
    [InlineData("edge")]
    [InlineData("blocked")]
    [InlineData("ignored")]
    [InlineData("suspend")]
    public void Signals_at_any_moment_of_a_growing_stack(string what)
    {
        string program = Fixture.Compile("signals");
        var native = Fixture.RunNatively([program, what]);
        var run = Fixture.Run([program, what]);
        Assert.Equal(native.Output, run.Output);
        Assert.Equal(native.ExitCode, run.Result.SuggestedExitCode);
    }

    [Fact]
    public void The_map_stays_equal_to_the_kernels_under_random_memory_calls()
    {
        string program = Fixture.Compile("mappings");
        foreach (string seed in new[] { "1", "2", "3" })
        {
            var run = Fixture.Run([program, seed]);
            Assert.Equal(RunStatus.Exited, run.Result.Status);
            Assert.Equal(0, run.Result.ExitStatus);
        }
    }

    [Fact]
    public void Job_control_stops_and_continues_the_program()
    {
        var run = Fixture.Run(["sh", "-c", "(sleep 0.3; kill -CONT $$) & kill -STOP $$; wait; echo continued"]);
        Assert.Equal("continued\n", run.Output);
    }

    [Theory]
    [InlineData("python3", "-c", "import sys,threading,subprocess\nthreading.stack_size(1<<20)\nt=threading.Thread(target=lambda: print(sum(range(1000))))\nt.start(); t.join()\nprint(subprocess.run(['echo','x'],capture_output=True).stdout)")]
    [InlineData("perl", "-e", "my $x = `echo 7`; print $x * 6, qq{\\n}; exit 5")]
    [InlineData("node", "-e", "console.log([1,2,3].map(x => x * 2).join()); process.exit(6)")]
    [InlineData("java", "-version")]
    public void Interpreters_run(string tool, params string[] arguments)
    {
        string path = Fixture.RequireTool(tool);
        var native = Fixture.RunNatively([path, .. arguments]);
        var run = Fixture.Run([path, .. arguments], o => o with { Verify = false });
        Assert.Equal(native.ExitCode, run.Result.SuggestedExitCode);
        if (native.Output.Length > 0)
            Assert.Equal(native.Output, run.Output);
    }
}
