// growstack inspect as a script sees it: output, errors, exit codes.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class InspectCommandTests
{
    [Fact]
    public async Task A_process_is_shown_as_a_table()
    {
        using var sleeper = Sleeper();

        var (code, output, errors) = await Growstack("inspect", Id(sleeper));

        Assert.Equal(0, code);
        Assert.Empty(errors);
        var lines = output.Split('\n');
        Assert.StartsWith("PID", lines[0].TrimStart(), StringComparison.Ordinal);
        Assert.Contains("sleep", lines[1]);
        Assert.Contains("main", lines[1]);
        Assert.DoesNotContain("\e", output);
    }

    [Fact]
    public async Task Json_holds_what_docs_json_md_describes()
    {
        using var sleeper = Sleeper();

        var (code, output, _) = await Growstack("inspect", Id(sleeper), "--json");

        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(output);
        Assert.Equal(1, document.RootElement.GetProperty("version").GetInt32());
        var process = document.RootElement.GetProperty("processes")[0];
        Assert.Equal(sleeper.Id, process.GetProperty("pid").GetInt32());
        var thread = process.GetProperty("threads")[0];
        Assert.Equal("main", thread.GetProperty("kind").GetString());
        Assert.Equal(sleeper.Id, thread.GetProperty("threadId").GetInt32());
        foreach (var name in new[] { "threadName", "certainty", "start", "end", "sizeBytes", "deepestPage", "peakBytes", "peakSource", "residentBytes", "stackPointer", "depthBytes", "onOtherStack", "headroomBytes", "guard", "guardBytes", "limitBytes", "risk", "notes" })
            Assert.True(thread.TryGetProperty(name, out _), name);
        Assert.Equal(
            thread.GetProperty("sizeBytes").GetInt64(),
            thread.GetProperty("headroomBytes").GetInt64() + thread.GetProperty("peakBytes").GetInt64());
    }

    [Fact]
    public async Task Names_find_every_process_that_bears_them()
    {
        using var first = Sleeper();
        using var second = Sleeper();

        var (code, output, _) = await Growstack("inspect", "sleep", "--json");

        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(output);
        var ids = document.RootElement.GetProperty("processes").EnumerateArray().Select(p => p.GetProperty("pid").GetInt32()).ToList();
        Assert.Contains(first.Id, ids);
        Assert.Contains(second.Id, ids);
    }

    [Theory]
    [InlineData(1, "there is no process 2147483647", "inspect", "2147483647")]
    [InlineData(1, "no process is called 'no such name'", "inspect", "no such name")]
    [InlineData(2, "which process?", "inspect")]
    [InlineData(2, "--all already means every process", "inspect", "--all", "1")]
    [InlineData(2, "--watch: 'x' is not a number of seconds", "inspect", "1", "--watch", "x")]
    public async Task What_cannot_be_answered_is_said_on_standard_error(int expected, string message, params string[] arguments)
    {
        var (code, output, errors) = await Growstack(arguments);

        Assert.Equal(expected, code);
        Assert.Contains(message, errors);
        Assert.Empty(output);
    }

    [Fact]
    public async Task All_processes_can_be_shown_though_some_may_not_be_read()
    {
        using var sleeper = Sleeper();

        var (code, output, _) = await Growstack("inspect", "--all");

        Assert.Equal(0, code);
        Assert.Contains(Id(sleeper), output);
    }

    [Fact]
    public async Task Watching_ends_with_the_process()
    {
        using var sleeper = Process.Start("sleep", "8");

        var (code, output, _) = await Growstack("inspect", Id(sleeper), "--json", "--watch", "1");

        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length >= 2);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task A_server_under_load_goes_on_while_all_of_its_processes_are_looked_at()
    {
        _ = Machine.Need("psql");
        string work = Fixtures.MakeDirectory("growstack-inspected-");
        var outcome = await new Launch("bash", Path.Combine(AppContext.BaseDirectory, "Programs", "inspected.sh"), work)
        {
            Environment = new Dictionary<string, string?> { ["INSPECT"] = string.Join(' ', Command.Plain()) },
        }.RunAsync();
        Assert.Equal((0, "still at work\n"), (outcome.Status, outcome.Output));
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(work, "json"), TestContext.Current.CancellationToken));
        var processes = document.RootElement.GetProperty("processes").EnumerateArray().ToList();
        Assert.True(processes.Count > 8, $"{processes.Count} processes");
        Assert.All(processes, process =>
        {
            var main = process.GetProperty("threads").EnumerateArray().First(thread => thread.GetProperty("kind").GetString() == "main");
            Assert.InRange(main.GetProperty("peakBytes").GetInt64(), 4096, main.GetProperty("sizeBytes").GetInt64());
        });
    }

    private static SleepingProcess Sleeper() => new();

    private static string Id(Process process) => process.Id.ToString(CultureInfo.InvariantCulture);

    private static string Id(SleepingProcess process) => process.Id.ToString(CultureInfo.InvariantCulture);

    private static Task<Outcome> Growstack(params string[] arguments) => new Launch(Command.Plain(arguments)).RunAsync();

    /// <summary>A process with one thread that does nothing.</summary>
    private sealed class SleepingProcess : IDisposable
    {
        private readonly Process _process = Process.Start("sleep", "600");

        public int Id => _process.Id;

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
