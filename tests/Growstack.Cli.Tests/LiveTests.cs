// run --live: what is drawn, what the program sees of it, and the terminal afterwards.
using System.Text.RegularExpressions;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed partial class LiveTests
{
    [Fact]
    public async Task Takes_the_lowest_rows_and_gives_them_back()
    {
        var outcome = await Terminal([], $"{Live(["sh", "-c", "'stty size; sleep 1; stty size'"])}; stty size");
        Assert.Equal(0, outcome.Status);
        Assert.Equal(["16 80", "16 80", "24 80"], Sizes().Matches(Without(outcome.Output)).Select(size => size.Value));
        Assert.Matches(@"── growstack: \d process(es)?, \d stacks?, 0 growths", outcome.Output);
        Assert.Contains("sh (main)", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\e7\e[r\e[17;1H\e[0m\e[J\e8", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_programs_output_is_whole()
    {
        const string Program = "i=0; while [ $i -lt 40 ]; do seq $i 997 99999; printf '\\033[31mred\\033[0m\\n'; sleep 0.02; i=$((i+1)); done";
        string script = Path.Combine(Fixtures.MakeDirectory("growstack-live-"), "much");
        await File.WriteAllTextAsync(script, Program, TestContext.Current.CancellationToken);
        var native = await Terminal([], $"sh {script}");
        var under = await Terminal([], Live(["sh", script]));
        Assert.Equal(0, under.Status);
        Assert.Contains("growths", under.Output, StringComparison.Ordinal);
        Assert.Equal(native.Output, Without(under.Output));
    }

    [Fact]
    public async Task Follows_the_terminals_size()
    {
        string program = Live(["sh", "-c", "'until [ \"$(stty size)\" = \"28 80\" ]; do sleep 0.1; done; echo lar''ge; until [ \"$(stty size)\" = \"12 80\" ]; do sleep 0.1; done'"]);
        var outcome = await Terminal(["wait:growths", "size:40", "wait:large", "size:18"], $"{program}; stty size");
        Assert.Equal(0, outcome.Status);
        Assert.EndsWith("18 80", Without(outcome.Output).TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_leaves_the_terminal_as_it_was()
    {
        var outcome = await Shell(["wait:$ ", $"send:{Live(["sleep", "60"])}^M", "wait:growths", "rest:300", "send:^C", "wait:$ ", "send:stty size^M", "wait:24 80", "send:exit 3^M"]);
        Assert.True(outcome.Status == 3, outcome.Output + outcome.Errors);
    }

    [Fact]
    public async Task Ctrl_Z_gives_the_terminal_to_the_shell_and_fg_takes_it_again()
    {
        var outcome = await Shell(
        [
            "wait:$ ", $"send:{Live(["sh", "-c", "'read line; stty size; echo got $line'"])}^M", "wait:growths", "rest:300", "send:^Z", "wait:topped", "wait:$ ", "send:stty size^M",
            "wait:24 80", "wait:$ ", "send:fg^M", "wait:growths", "rest:300", "send:more^M", "wait:16 80", "wait:got more", "wait:$ ", "send:stty size^M", "wait:24 80", "send:exit 3^M",
        ]);
        Assert.True(outcome.Status == 3, outcome.Output + outcome.Errors);
    }

    [Fact]
    public async Task When_growstack_is_killed_the_terminal_is_put_in_order_all_the_same()
    {
        var outcome = await Terminal([], $"{Live(["sh", "-c", "'sleep 1; kill -9 $PPID; sleep 60'"])}; until [ \"$(stty size)\" = \"24 80\" ]; do sleep 0.1; done; echo in order");
        Assert.True(outcome.Status == 0, outcome.Output + outcome.Errors);
        Assert.EndsWith("in order", Without(outcome.Output).TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_screen_is_clean_afterwards()
    {
        string tmux = Machine.Need("tmux"), directory = Fixtures.MakeDirectory("growstack-tmux-");
        async Task<string> Tmux(params string[] words) => (await new Launch([tmux, "-S", directory + "/socket", "-f", "/dev/null", .. words])
        {
            Environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["TMUX"] = null },
        }.RunAsync()).Output;

        await File.WriteAllTextAsync(directory + "/script", $"{Live(["sh", "-c", "'seq 95; sleep 1; seq 96 99'"])}\necho do''ne\nexec sleep 600\n", TestContext.Current.CancellationToken);
        try
        {
            await Tmux("new-session", "-d", "-x", "80", "-y", "24", "sh", directory + "/script");
            string screen = "", during = "";
            for (int patience = 0; patience < 600 && !screen.Contains("done", StringComparison.Ordinal); patience++)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
                screen = await Tmux("capture-pane", "-p");
                during = screen.Contains("growstack: ", StringComparison.Ordinal) ? screen : during;
            }

            Assert.Contains("\n95\n", during, StringComparison.Ordinal);
            Assert.Equal([.. Enumerable.Range(85, 15).Select(number => $"{number}"), "done"], screen.TrimEnd().Split('\n'));
            Assert.Equal("0 23 16\n", await Tmux("display-message", "-p", "#{scroll_region_upper} #{scroll_region_lower} #{cursor_y}"));
        }
        finally
        {
            await Tmux("kill-server");
        }
    }

    [Fact]
    public async Task A_second_terminal_shows_the_stacks_and_leaves_the_first_alone()
    {
        string file = Path.Combine(Fixtures.MakeDirectory("growstack-live-"), "tty");
        var second = Terminal(["wait:sh (main)", "send:^M"], $"tty > {file}; read line");
        for (int patience = 0; patience < 300 && !(File.Exists(file) && new FileInfo(file).Length > 0); patience++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        string terminal = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim();
        var outcome = await new Launch(Command.Run(["-q", "--live=" + terminal], ["sh", "-c", "echo hello; sleep 1"])).RunAsync();
        Assert.Equal(new Outcome(0, "hello\n", ""), outcome);
        Assert.Equal(0, (await second).Status);
    }

    [Theory]
    [InlineData("standard error is no terminal", "--live")]
    [InlineData("cannot draw on /dev/null: it is no terminal", "--live=/dev/null")]
    [InlineData("cannot draw on /dev/no/such: No such file or directory", "--live=/dev/no/such")]
    public async Task Where_nothing_can_be_drawn_nothing_is_started(string problem, string option)
    {
        var outcome = await new Launch(Command.Run([option], ["echo", "started"])).RunAsync();
        Assert.Equal(125, outcome.Status);
        Assert.Equal("", outcome.Output);
        Assert.Contains($"--live: {problem}. Nothing was started.", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_that_cannot_be_shared_is_refused()
    {
        string program = Live(["echo", "sta''rted"]);
        var outcome = await Terminal(["size:11", "rest:300", "send:^M", "wait:11 rows"], $"read go; {program}; echo; TERM=dumb {program}");
        Assert.Equal(125, outcome.Status);
        Assert.Contains("this terminal has 11 rows, and 12 are needed", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("TERM says", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("started\r", outcome.Output, StringComparison.Ordinal);
    }

    private static string Live(string[] program) => string.Join(' ', Command.Run(["-q", "--live"], program));

    /// <summary>What is left of a terminal's output when what growstack drew is taken away.</summary>
    private static string Without(string output) => Drawn().Replace(Taken().Replace(output, ""), "");

    private static Task<Outcome> Shell(string[] steps) => On(steps, "bash", "--norc", "--noprofile", "-i");

    private static Task<Outcome> Terminal(string[] steps, string script) => On(steps, "sh", "-c", script);

    private static async Task<Outcome> On(string[] steps, params string[] command)
    {
        var outcome = await new Launch([await Fixtures.Build("terminal"), .. steps, "--", .. command])
        {
            Directory = AppContext.BaseDirectory,
            Environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["PS1"] = "$ " },
        }.RunAsync();
        return outcome with { Output = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(outcome.Output)) };
    }

    [GeneratedRegex(@"\b\d+ 80\b")]
    private static partial Regex Sizes();

    [GeneratedRegex("\e7\e\\[r\e8\e\\[J(\eD)+\e\\[\\d+A")]
    private static partial Regex Taken();

    [GeneratedRegex("\e7.*?\e8", RegexOptions.Singleline)]
    private static partial Regex Drawn();
}
