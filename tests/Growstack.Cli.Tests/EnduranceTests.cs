// Killed at random moments, over and over: nothing survives, nothing hangs, no exit status is lost; and the tracer does not grow.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class EnduranceTests
{
    private const int Rounds = 200;

    /// <summary>The same moments in every run.</summary>
    private readonly Random _moments = new(20);

    [Fact]
    public async Task Growstack_is_killed_200_times()
    {
        string survivor = await Fixtures.Build("survivor");
        string directory = Fixtures.MakeDirectory("growstack-killed-");
        for (int round = 0; round < Rounds; round++)
        {
            string list = Path.Combine(directory, round.ToString(CultureInfo.InvariantCulture));
            using var growstack = new Launch(Command.Run(["--quiet"], [survivor, list])).Start();
            await Task.Delay(_moments.Next(40), TestContext.Current.CancellationToken);
            growstack.Kill();
            await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(137, growstack.ExitCode);
            await Survivors.NobodyIsLeftAsync(survivor, list);
        }
    }

    [Fact]
    public async Task The_program_is_killed_200_times()
    {
        string survivor = await Fixtures.Build("survivor");
        string directory = Fixtures.MakeDirectory("growstack-killed-");
        for (int round = 0; round < Rounds; round++)
        {
            string list = Path.Combine(directory, round.ToString(CultureInfo.InvariantCulture));
            using var growstack = new Launch(Command.Run(["--quiet"], [survivor, list])).Start();
            int[] pids = await Survivors.AwaitAsync(list, 1 + _moments.Next(4));
            await Task.Delay(_moments.Next(5), TestContext.Current.CancellationToken);
            // All of the program's processes, whoever else they have become or made meanwhile.
            for (var patience = Stopwatch.StartNew(); !growstack.HasExited; await Task.Delay(2, TestContext.Current.CancellationToken))
            {
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"growstack hangs in round {round}, its program being dead");
                Survivors.Kill(survivor, list);
            }

            await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(137, growstack.ExitCode);
            await Survivors.NobodyIsLeftAsync(survivor, list);
            Assert.NotEmpty(pids);
        }
    }

    [Fact]
    public async Task The_program_dies_by_one_of_its_threads_200_times()
    {
        string dying = await Fixtures.Build("dying"), exiting = await Fixtures.Build("exitthreads");
        string[] ways = ["null", "abort", "kill", "term", "illegal"];
        int[] statuses = [139, 134, 137, 143, 132];
        for (int round = 0; round < Rounds; round++)
        {
            bool killed = round % 2 == 0;
            int way = _moments.Next(ways.Length);
            string[] words = killed ? [dying, ways[way], "thread"] : [exiting, "20", "exit"];
            var outcome = await new Launch(Command.Run(["--quiet"], words)) { Limit = TimeSpan.FromMinutes(1) }.RunAsync();
            Assert.Equal(new Outcome(killed ? statuses[way] : 7, killed ? "before\n" : "leaving\n", ""), outcome);
        }
    }

    [Theory]
    [InlineData("threads", 20)]
    [InlineData("forks", 150)]
    [InlineData("vforks", 150)]
    public async Task Processes_are_killed_while_they_make_threads_and_children(string what, int rounds)
    {
        var launch = new Launch(await Fixtures.Build("unborn"), what) { Limit = TimeSpan.FromMinutes(1) };
        var proof = await Proof.SameAsync(launch);
        Assert.Equal($"{rounds} killed, 0 left\n", proof.Under.Output);
        Assert.True(proof.Summary.Mains.Count() > rounds, "killed processes are missing in the summary");
    }

    [Fact]
    public async Task The_tracers_memory_stays_flat_over_many_growths()
    {
        using var growstack = new Launch(Command.Run(["--quiet"], [await Fixtures.Build("growths"), "5000"])).Start();
        long early = 0, late = 0;
        for (var clock = Stopwatch.StartNew(); !growstack.HasExited; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), "the program does not end");
            late = Math.Max(late, Resident(growstack.Id));
            if (clock.Elapsed < TimeSpan.FromSeconds(1.5))
                early = late;
        }

        Assert.Equal("5000 of 5000 deep\n", await growstack.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.True(early > 0, "the tracer was never seen");
        Assert.InRange(late, early, early + (24 << 20));
    }

    [Fact]
    public async Task The_tracers_memory_stays_flat_over_many_threads()
    {
        const int threads = 30_000;
        string json = Path.Combine(Fixtures.MakeDirectory("growstack-parade-"), "parade.json");
        using var growstack = new Launch(Command.Run(["--json", json], [await Fixtures.Build("parade"), threads.ToString(CultureInfo.InvariantCulture)])).Start();
        Assert.Equal("a tenth", await growstack.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        long early = Resident(growstack.Id);
        Assert.Equal("all", await growstack.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        long late = Resident(growstack.Id);
        growstack.StandardInput.Close();
        string summary = await growstack.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);

        // Kept in memory they took three hundred bytes each.
        Assert.InRange(late, 1, early + (6 << 20));
        Assert.Matches($@"parade +{threads} ", summary);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        var stacks = document.RootElement.GetProperty("processes")[0].GetProperty("stacks");
        Assert.Equal(threads + 1, stacks.GetArrayLength());
        Assert.All(stacks.EnumerateArray().Skip(1), stack => Assert.Equal("parade", stack.GetProperty("threadName").GetString()));
    }

    private static long Resident(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
