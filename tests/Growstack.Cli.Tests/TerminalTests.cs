// At a terminal: job control of the user's shell, a pager, an editor.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class TerminalTests
{
    [Fact]
    public async Task Ctrl_Z_stops_the_program_and_fg_continues_it()
    {
        string under = string.Join(' ', Command.Run(["--quiet"], ["sh", "-c", "'echo rea''dy; read line; echo got $line; exit 4'"]));
        foreach (string command in new[] { "sh -c 'echo rea''dy; read line; echo got $line; exit 4'", under })
        {
            var outcome = await Terminal(
                ["wait:$ ", $"send:{command}^M", "wait:ready", "send:^Z", "wait:topped", "wait:$ ", "send:fg^M", "rest:300", "send:more^M", "wait:got more", "send:exit^M"],
                "bash", "--norc", "--noprofile", "-i");
            Assert.True(outcome.Status == 4, $"exit status {outcome.Status}\n{outcome.Output}\n{outcome.Errors}");
        }
    }

    [Fact]
    public async Task Ctrl_C_at_a_shell_ends_a_pipeline()
    {
        // On a busy machine a key pressed in the first moments is lost natively too, and as often.
        string under = string.Join(' ', Command.Run(["--quiet"], ["sh", "-c", "'echo rea''dy; sleep 60'"]));
        var outcome = await Terminal(
            ["wait:$ ", $"send:{under} | cat^M", "wait:ready", "rest:300", "send:^C", "wait:$ ", "send:exit 3^M"], "bash", "--norc", "--noprofile", "-i");
        Assert.True(outcome.Status == 3, $"exit status {outcome.Status}\n{outcome.Output}\n{outcome.Errors}");
    }

    [Theory]
    [InlineData("less", "wait:proof.h", "send: ", "rest:200", "send:q")]
    [InlineData("vim", "wait:proof.h", "rest:300", "send::q!^M")]
    public async Task A_program_of_the_whole_screen(string program, params string[] keys)
    {
        string[] command = program == "vim"
            ? [Machine.Need("vim"), "-N", "-u", "NONE", "-i", "NONE", "Programs/proof.h"]
            : [Machine.Need("less"), "-M", "Programs/proof.h"];
        var native = await Terminal(keys, command);
        var under = await Terminal(keys, Command.Run(["--quiet"], command));
        Assert.Equal(native.Status, under.Status);
        Assert.Equal(0, under.Status);
        Assert.Contains("proof.h", under.Output, StringComparison.Ordinal);
        // An editor asks the terminal and writes more or less by when it answers; a pager writes the same.
        if (program == "less")
            Assert.Equal(native.Output, under.Output);
    }

    [Fact]
    public async Task The_terminal_is_the_programs()
    {
        string[] command = ["sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size && stty -echo && echo done"];
        var native = await Terminal([], command);
        var under = await Terminal([], Command.Run(["--quiet"], command));
        Assert.Equal(native, under);
        Assert.Contains("24 80", under.Output, StringComparison.Ordinal);
    }

    private static async Task<Outcome> Terminal(string[] steps, params string[] command) =>
        await new Launch([await Fixtures.Build("terminal"), .. steps, "--", .. command])
        {
            Directory = AppContext.BaseDirectory,
            Environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["PS1"] = "$ " },
        }.RunAsync();
}
