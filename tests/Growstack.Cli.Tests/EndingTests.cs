// However a run ends, nothing is left behind; keys typed at the terminal reach the program.
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
        int[] pids = await Survivors.AwaitAsync(list, 4);
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        Assert.Equal(4, pids.Count(pid => Survivors.Lives(pid, survivor)));
        growstack.Kill();
        await growstack.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Survivors.NobodyIsLeftAsync(survivor, list);
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
        Assert.Contains("SIGINT", AfterKey(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_terminal_is_left_as_it_was()
    {
        var outcome = await Terminal([], Command.Run([], ["/bin/echo", "ready"]));
        Assert.Contains("echo", AfterKey(outcome), StringComparison.Ordinal);
        // Colours may be there; modes of the keypad and the cursor may not.
        Assert.DoesNotContain("\e[?", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e=", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_reaches_the_programs_own_handler()
    {
        var outcome = await Terminal(
            ["wait:ready", "send:^C"],
            Command.Run([], ["sh", "-c", "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done"]));
        Assert.Equal(5, outcome.Status);
        Assert.Contains("caught", AfterKey(outcome), StringComparison.Ordinal);
        Assert.Contains("exit 5", AfterKey(outcome), StringComparison.Ordinal);
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
        Assert.Contains("growstack: main stacks", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trap 'exit 4' HUP; echo ready; while :; do sleep 0.1; done", 4)]
    [InlineData("echo ready; exec sleep 60", 129)]
    public async Task The_hangup_of_the_terminal_reaches_the_program(string script, int status)
    {
        string[] steps = ["wait:ready", "hangup:"], command = ["sh", "-c", script];
        Assert.Equal(status, (await Terminal(steps, command)).Status);
        Assert.Equal(status, (await Terminal(steps, Command.Run(["--quiet"], command))).Status);
    }

    private static async Task<Outcome> Terminal(string[] steps, string[] command) =>
        await new Launch([await Fixtures.Build("terminal"), .. steps, "--", .. command]) { Environment = new Dictionary<string, string?> { ["TERM"] = "xterm" } }.RunAsync();

    private static string AfterKey(Outcome outcome) => outcome.Output[(outcome.Output.IndexOf("ready", StringComparison.Ordinal) + 5)..];
}
