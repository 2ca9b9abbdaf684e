// run --record, from a real program to the report that a person opens.
using System.Text.Json;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class RecordTests
{
    [Fact]
    public async Task A_thread_that_overflows_is_found_in_every_format()
    {
        string recording = await RecordOverflow();
        using var summary = JsonDocument.Parse(await Report(recording, "json"));
        var overflow = Assert.Single(summary.RootElement.GetProperty("overflows").EnumerateArray());
        Assert.Equal("overflower", overflow.GetProperty("thread").GetString());
        Assert.Contains("descend_to", overflow.GetProperty("frames")[0].GetProperty("function").GetString(), StringComparison.Ordinal);
        Assert.True(summary.RootElement.GetProperty("complete").GetBoolean());
        Assert.Equal(139, summary.RootElement.GetProperty("exitCode").GetInt32());
        var worst = summary.RootElement.GetProperty("stacks")[0];
        Assert.Equal("overflower", worst.GetProperty("thread").GetString());
        Assert.Equal("glibc", worst.GetProperty("role").GetString());
        Assert.True(worst.GetProperty("overflowed").GetBoolean());
        Assert.True(worst.GetProperty("growths").GetInt64() > 2);

        using var speedscope = JsonDocument.Parse(await Report(recording, "speedscope"));
        Assert.Contains(speedscope.RootElement.GetProperty("profiles").EnumerateArray(), profile => profile.GetProperty("name").GetString()!.Contains("overflower", StringComparison.Ordinal));
        Assert.Contains("overflower;", await Report(recording, "folded"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_shows_who_overflowed()
    {
        string? browser = new[] { "chromium", "chromium-browser", "google-chrome" }.Select(Machine.Find).FirstOrDefault(path => path is not null);
        if (browser is null)
            Assert.Skip("chromium is not installed");
        string page = Path.ChangeExtension(await RecordOverflow(), ".html");
        await File.WriteAllTextAsync(page, await Report(Path.ChangeExtension(page, ".jsonl"), "html"), TestContext.Current.CancellationToken);
        var outcome = await new Launch(
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--user-data-dir=" + Fixtures.MakeDirectory("growstack-browser-"), "--dump-dom", "file://" + page).RunAsync();
        Assert.Matches("<h1[^>]*>[^<]*overflower[^<]*overflowed its stack", outcome.Output);
        Assert.Contains("data-ready=\"true\"", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("recursion, descend_to", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_of_processes_is_recorded_whole()
    {
        string recording = Path.Combine(Fixtures.MakeDirectory("growstack-record-"), "tree.jsonl");
        var (outcome, summary) = await Proof.UnderAsync(new Launch("sh", "-c", "ls / > /dev/null; (exit 3); cat /dev/null"), "--quiet", "--record", recording);
        Assert.Equal(0, outcome.Status);
        using var report = JsonDocument.Parse(await Report(recording, "json"));
        Assert.Equal(summary.Mains.Count(), report.RootElement.GetProperty("totals").GetProperty("processes").GetInt32());
        Assert.Contains(report.RootElement.GetProperty("processes").EnumerateArray(), process => process.GetProperty("command")[0].GetString() == "ls");
    }

    [Fact]
    public async Task A_full_disk_ends_the_recording_and_not_the_program()
    {
        var outcome = await new Launch(Command.Run(["--quiet", "--record", "/dev/full"], ["sh", "-c", "echo out; exit 5"])).RunAsync();
        Assert.Equal(5, outcome.Status);
        Assert.Equal("out\n", outcome.Output);
        Assert.Contains("--record: /dev/full: recording stopped after 0 bytes", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_known_before_anything_starts()
    {
        var outcome = await new Launch(Command.Run(["--record", "/no/such/place/r.jsonl"], ["echo", "started"])).RunAsync();
        Assert.Equal(125, outcome.Status);
        Assert.Equal("", outcome.Output);
        Assert.Contains("Nothing was started", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_recorded_can_be_read_while_the_program_runs_and_after_growstack_was_killed()
    {
        string recording = Path.Combine(Fixtures.MakeDirectory("growstack-record-"), "killed.jsonl");
        using var process = new Launch(Command.Run(["--quiet", "--record", recording], ["sh", "-c", "echo ready; read line"])).Start();
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        using var running = JsonDocument.Parse(await Report(recording, "json"));
        Assert.False(running.RootElement.GetProperty("complete").GetBoolean());
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var after = JsonDocument.Parse(await Report(recording, "json"));
        Assert.False(after.RootElement.GetProperty("complete").GetBoolean());
        Assert.Equal("sh", after.RootElement.GetProperty("processes")[0].GetProperty("command")[0].GetString());
    }

    private static async Task<string> RecordOverflow()
    {
        string recording = Path.Combine(Fixtures.MakeDirectory("growstack-record-"), "run.jsonl");
        var outcome = await new Launch(Command.Run(["--quiet", "--record", recording], [await Fixtures.Build("overflow"), "thread"])).RunAsync();
        Assert.True(outcome.Status == 139, outcome.Errors);
        return recording;
    }

    private static async Task<string> Report(string recording, string format)
    {
        var outcome = await new Launch(Command.Plain("report", recording, "--format", format, "-o", "-")).RunAsync();
        Assert.True(outcome.Status == 0, outcome.Errors);
        return System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(outcome.Output));
    }
}
