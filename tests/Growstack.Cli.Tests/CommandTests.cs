// How the command speaks: options, statuses of its own, the summary, and silence.
using System.Text.Json;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class CommandTests
{
    [Fact]
    public async Task Speaks_on_standard_error_only()
    {
        var (outcome, _) = await Proof.UnderAsync(new Launch("/bin/echo", "hello"));
        Assert.Equal("hello\n", outcome.Output);
        Assert.Contains("echo", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quiet_silences_the_summary()
    {
        var (outcome, _) = await Proof.UnderAsync(new Launch("/bin/echo", "hello"), "--quiet");
        Assert.Equal(new Outcome(0, "hello\n", ""), outcome);
    }

    [Fact]
    public async Task The_summary_has_one_line_for_each_process()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch("sh", "-c", "ls / > /dev/null; cat /dev/null; exit 3"));
        Assert.Equal(3, outcome.Status);
        foreach (string command in new[] { "sh", "ls", "cat" })
        {
            Assert.Contains(outcome.Errors.Split('\n'), line => line.Contains(command, StringComparison.Ordinal));
            Assert.Contains(summary.Mains, stack => stack.Command == command);
        }
    }

    [Fact]
    public async Task The_map_is_printed_as_procstat_prints_it()
    {
        var (outcome, _) = await Proof.UnderAsync(new Launch("/bin/true"), "--map");
        Assert.Equal("", outcome.Output);
        Assert.Contains("START", outcome.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("rw-", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("/bin/true", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("[vdso]", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("[growstack]", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no such option", 125, "run", "--no-such-option", "--", "/bin/echo", "started")]
    [InlineData("a size that is none", 125, "run", "--stack", "lots", "--", "/bin/echo", "started")]
    [InlineData("a negative size", 125, "run", "--stack=-8M", "--", "/bin/echo", "started")]
    [InlineData("an empty size", 125, "run", "--stack", "", "--", "/bin/echo", "started")]
    [InlineData("a size of nothing", 125, "run", "--stack", "0", "--", "/bin/echo", "started")]
    [InlineData("a size beyond 64 bits", 125, "run", "--stack", "99999999999G", "--", "/bin/echo", "started")]
    [InlineData("a release that is none", 125, "run", "--release", "11", "--", "/bin/echo", "started")]
    [InlineData("a guard that is none", 125, "run", "--guard", "-1", "--", "/bin/echo", "started")]
    [InlineData("a missing value", 125, "run", "--sgrowsiz", "--", "/bin/echo", "started")]
    [InlineData("no program", 125, "run", "--")]
    [InlineData("no program and no dashes", 125, "run")]
    [InlineData("no verb", 2, "--", "/bin/echo", "started")]
    [InlineData("a verb that is none", 2, "walk", "--", "/bin/echo", "started")]
    public async Task A_bad_command_line_starts_nothing(string what, int status, params string[] words)
    {
        var outcome = await new Launch(Command.Plain(words)).RunAsync();
        Assert.True(outcome.Status == status, $"{what}: exit status {outcome.Status}\n{outcome.Errors}");
        Assert.DoesNotContain("started", outcome.Output, StringComparison.Ordinal);
        Assert.NotEqual("", outcome.Errors);
        Assert.DoesNotContain("   at ", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-program-anywhere", 127)]
    [InlineData("/no/such/program", 127)]
    [InlineData("/etc/passwd", 126)]
    [InlineData("/etc", 126)]
    [InlineData("/etc/passwd/program", 126)]
    [InlineData("", 127)]
    public async Task A_program_that_cannot_be_started(string program, int status)
    {
        var native = await new Launch("env", program).RunAsync();
        var outcome = await new Launch(Command.Run([], [program])).RunAsync();
        Assert.True(outcome.Status == status, $"exit status {outcome.Status}, env's {native.Status}\n{outcome.Errors}");
        Assert.Equal("", outcome.Output);
        Assert.Contains(program, outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(native.Status, outcome.Status);
    }

    [Fact]
    public async Task A_script_without_an_interpreter_line_and_one_with()
    {
        string directory = Fixtures.MakeDirectory("growstack-scripts-");
        string with = Path.Combine(directory, "with"), broken = Path.Combine(directory, "broken");
        await File.WriteAllTextAsync(with, "#!/bin/sh\necho script \"$0\" \"$@\"\nexit 8\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(broken, "#!/no/such/interpreter\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(with, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(broken, (UnixFileMode)0b111_101_101);
        var proof = await Proof.SameAsync(new Launch(with, "a", "b c"));
        Assert.Equal(8, proof.Under.Status);
        Assert.Equal(127, (await new Launch(Command.Run([], [broken])).RunAsync()).Status);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 125", 125)]
    [InlineData("exit 126", 126)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -INT $$", 130)]
    [InlineData("kill -SEGV $$", 139)]
    [InlineData("kill -USR1 $$", 138)]
    [InlineData("kill -34 $$", 162)]
    public async Task The_status_is_the_programs(string script, int status)
    {
        var proof = await Proof.SameAsync(new Launch("sh", "-c", script));
        Assert.Equal(status, proof.Under.Status);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("12")]
    public async Task Both_releases_run_programs(string release)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("recurse"), "7"), "--release", release);
        Assert.True(proof.Summary.Growths > 0);
        await Proof.SameAsync(new Launch(await Fixtures.Build("caught"), "main", "3"), "--release", release);
        await Proof.SameAsync(new Launch(await Fixtures.Build("forktree"), "2", "3"), "--release", release);
    }

    [Fact]
    public async Task The_growth_size_is_what_a_new_stack_has()
    {
        var (_, summary) = await Proof.UnderAsync(new Launch("/bin/true"), "--quiet", "--sgrowsiz", "512k");
        var main = Assert.Single(summary.Mains);
        Assert.Equal(0, main.Growths);
        Assert.Equal(512 << 10, main.Mapped);
    }

    [Fact]
    public async Task The_guard_is_as_many_pages_as_asked_for()
    {
        var (_, summary) = await Proof.UnderAsync(new Launch("/bin/true"), "--quiet", "--guard", "5");
        using var document = JsonDocument.Parse(summary.Text);
        Assert.Equal(5 * 4096, document.RootElement.GetProperty("processes")[0].GetProperty("stacks")[0].GetProperty("guardBytes").GetInt64());
    }

    [Fact]
    public async Task The_address_space_is_limited()
    {
        string python = Machine.Need("python3");
        var (small, _) = await Proof.UnderAsync(new Launch(python, "-c", "print(len(bytearray(1 << 20)))"), "--quiet", "--vmem", "512M");
        Assert.Equal(new Outcome(0, "1048576\n", ""), small);
        var (large, _) = await Proof.UnderAsync(new Launch(python, "-c", "print(len(bytearray(1 << 30)))"), "--quiet", "--vmem", "512M");
        Assert.Equal(1, large.Status);
        Assert.Contains("MemoryError", large.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_version_are_at_hand()
    {
        var help = await new Launch(Command.Plain("run", "--help")).RunAsync();
        Assert.Equal(0, help.Status);
        foreach (string option in new[] { "--stack", "--sgrowsiz", "--guard", "--vmem", "--release", "--json", "--quiet", "--map" })
            Assert.Contains(option, help.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await new Launch(Command.Plain("--version")).RunAsync()).Status);
    }
}
