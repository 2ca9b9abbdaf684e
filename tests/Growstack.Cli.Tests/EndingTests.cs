// However a run ends, nothing is left behind; keys typed at the terminal reach the program.
using System.Diagnostics;
using System.Globalization;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class EndingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(200)]
    public async Task A_killed_growstack_leaves_no_program_behind(int milliseconds)
    {
        string survivor = await Fixtures.Build("survivor");
        string list = Path.Combine(Fixtures.MakeDirectory("growstack-pids-"), "pids");
        using var growstack = new Launch(Command.Run(["--quiet"], [survivor, list])).Start();
        int[] pids = await Processes(list, 4);
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        Assert.Equal(4, pids.Count(pid => Lives(pid, survivor)));
        growstack.Kill();
        await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);
        var patience = Stopwatch.StartNew();
        while (pids.Any(pid => Lives(pid, survivor)) && patience.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        int[] left = [.. pids.Where(pid => Lives(pid, survivor))];
        foreach (int pid in left)
            Process.GetProcessById(pid).Kill();
        Assert.Empty(left);
    }

    [Fact]
    public async Task Children_that_outlive_the_first_process_are_waited_for_or_left_alone_as_natively()
    {
        // The shell ends at once; its child writes later into the same pipe.
        var proof = await Proof.SameAsync(new Launch("sh", "-c", "(sleep 0.3; echo late) & echo early; exit 6"));
        Assert.Equal("early\nlate\n", proof.Under.Output);
        Assert.Equal(6, proof.Under.Status);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_program_and_the_summary_still_appears()
    {
        var outcome = await Terminal(["wait:ready", "send:^C"], Command.Run([], ["sh", "-c", "echo ready; while :; do sleep 0.05; done"]));
        Assert.Equal(130, outcome.Status);
        Assert.Contains("sh", AfterKey(outcome), StringComparison.Ordinal);
        Assert.Contains("sleep", AfterKey(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_reaches_the_programs_own_handler()
    {
        var outcome = await Terminal(
            ["wait:ready", "send:^C"],
            Command.Run([], ["sh", "-c", "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done"]));
        Assert.Equal(5, outcome.Status);
        Assert.Contains("caught", AfterKey(outcome), StringComparison.Ordinal);
        Assert.Contains("sleep", AfterKey(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_that_the_program_ignores_ends_nothing()
    {
        var outcome = await Terminal(
            ["wait:ready", "send:^C", "rest:300", "send:more^M"],
            Command.Run(["--quiet"], ["sh", "-c", "trap '' INT; echo ready; read line; echo got $line; exit 7"]));
        Assert.Equal(7, outcome.Status);
        Assert.Contains("got more", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    public async Task A_signal_to_growstack_alone_reaches_the_program(string signal, int status)
    {
        using var growstack = new Launch(Command.Run([], ["sh", "-c", "echo ready; exec sleep 60"])).Start();
        Assert.Equal("ready", await growstack.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await new Launch("kill", "-" + signal, growstack.Id.ToString(CultureInfo.InvariantCulture)).RunAsync();
        string errors = await growstack.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, growstack.ExitCode);
        Assert.Contains("sleep", errors, StringComparison.Ordinal);
    }

    private static async Task<Outcome> Terminal(string[] steps, string[] command) =>
        await new Launch([await Fixtures.Build("terminal"), .. steps, "--", .. command]).RunAsync();

    private static string AfterKey(Outcome outcome) => outcome.Output[(outcome.Output.IndexOf("ready", StringComparison.Ordinal) + 5)..];

    private static async Task<int[]> Processes(string list, int count)
    {
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromMinutes(1);)
        {
            string[] lines = File.Exists(list) ? await File.ReadAllLinesAsync(list, TestContext.Current.CancellationToken) : [];
            if (lines.Length >= count)
                return [.. lines.Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"the program never started its {count} processes");
        return [];
    }

    private static bool Lives(int pid, string program)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName == program;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
