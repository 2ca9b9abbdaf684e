// Shell completion: each shell gets a script that it understands and that knows the options there are.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("growstack re", "replay report")]
    [InlineData("growstack run --as m", "macos musl")]
    [InlineData("growstack run --thr", "--thread-stack")]
    [InlineData("growstack report --format s", "speedscope")]
    [InlineData("growstack completion z", "zsh")]
    [InlineData("growstack run --as musl whoam", "whoami")]
    [InlineData("growstack run -- whoam", "whoami")]
    [InlineData("growstack run -q whoami --thr", "")]
    public async Task Bash_completes(string line, string words)
    {
        string script = await Script("bash");
        string[] typed = line.Split(' ');
        string test = $"source {script}; COMP_WORDS=({line}); COMP_CWORD={typed.Length - 1}; _growstack; printf '%s\\n' \"${{COMPREPLY[@]}}\" | sort -u";
        var outcome = await new Launch(Machine.Need("bash"), "--norc", "-c", test).RunAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(words, string.Join(' ', outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("growstack re", "replay report")]
    [InlineData("growstack run --as m", "macos musl")]
    [InlineData("growstack run --thr", "--thread-stack")]
    [InlineData("growstack completion z", "zsh")]
    [InlineData("growstack run --as musl whoam", "whoami")]
    [InlineData("growstack run -- whoam", "whoami")]
    public async Task Fish_completes(string line, string words)
    {
        string script = await Script("fish");
        var outcome = await new Launch(Machine.Need("fish"), "-N", "-c", $"source {script}; complete -C '{line}'").RunAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(words, string.Join(' ', outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('\t')[0]).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Zsh_takes_the_script()
    {
        string script = await Script("zsh"), directory = Fixtures.MakeDirectory("growstack-zsh-");
        string test = $"autoload -Uz compinit; compinit -D -u -d {directory}/dump; source {script}; print ${{_comps[growstack]}}; zsh -n {script}";
        var outcome = await new Launch(Machine.Need("zsh"), "-f", "-c", test).RunAsync();
        Assert.Equal(new Outcome(0, "_growstack\n", ""), outcome);
    }

    [Fact]
    public async Task Another_shell_is_refused()
    {
        var outcome = await new Launch(Command.Plain("completion", "tcsh")).RunAsync();
        Assert.Equal(2, outcome.Status);
        Assert.Contains("none of bash, zsh, fish", outcome.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> Script(string shell)
    {
        _ = Machine.Need(shell);
        var outcome = await new Launch(Command.Plain("completion", shell)).RunAsync();
        Assert.True(outcome.Status == 0, outcome.Errors);
        string file = Path.Combine(Fixtures.MakeDirectory("growstack-completion-"), shell);
        await File.WriteAllTextAsync(file, outcome.Output, TestContext.Current.CancellationToken);
        return file;
    }
}
