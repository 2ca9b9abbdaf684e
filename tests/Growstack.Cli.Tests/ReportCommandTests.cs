// growstack report: formats, places to write to, errors and exit codes.
using System.Text.Json;

namespace Growstack.Cli.Tests;

/// <summary>Takes standard error for itself, so nothing else may run beside it.</summary>
[Collection(nameof(ReportCommandTests))]
[CollectionDefinition(nameof(ReportCommandTests), DisableParallelization = true)]
public sealed class ReportCommandTests : IDisposable
{
    private const string Recording = """
        {"t":"start","version":1,"growstack":"0.1.0","time":"2026-01-02T03:04:05Z","command":["./deep"],"release":"freebsd12","sgrowsiz":131072,"guardPages":1,"pageSize":4096,"options":{}}
        {"t":"process","at":0,"pid":100,"parent":0,"command":["./deep"],"how":"start"}
        {"t":"stack","at":0,"stack":0,"pid":100,"tid":100,"kind":"main","role":"","low":"0x7fffffeff000","high":"0x7ffffffff000","guard":4096,"mapped":131072,"limit":1044480,"limitFrom":"--stack"}
        {"t":"frame","frame":0,"function":"main"}
        {"t":"chain","chain":0,"frames":[0]}
        {"t":"growth","at":10,"stack":0,"tid":100,"address":"0x7ffffffdeff8","from":"0x7ffffffdf000","to":"0x7ffffffbf000","chain":0}
        {"t":"exit","at":51,"pid":100,"status":0}
        {"t":"end","at":52,"exitCode":0}

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("growstack-report-").FullName;
    private readonly TextWriter _error = Console.Error;
    private readonly StringWriter _said = new();

    public ReportCommandTests()
    {
        Console.SetError(_said);
        File.WriteAllText(At("run.jsonl"), Recording);
    }

    public void Dispose()
    {
        Console.SetError(_error);
        _said.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("html", "run.html", "<!doctype html>")]
    [InlineData("speedscope", "run.speedscope.json", """{"$schema":"https://www.speedscope.app""")]
    [InlineData("folded", "run.folded", "deep;main 131072")]
    [InlineData("json", "run.summary.json", "{\n  \"format\": \"growstack-summary\"")]
    public void Each_format_is_written_beside_the_recording(string format, string name, string beginning)
    {
        Assert.Equal(0, Report(At("run.jsonl"), "--format", format));
        Assert.StartsWith(beginning, File.ReadAllText(At(name)), StringComparison.Ordinal);
        Assert.Contains($"wrote {At(name)}", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Html_is_the_default()
    {
        Assert.Equal(0, Report(At("run.jsonl")));
        Assert.True(File.Exists(At("run.html")));
    }

    [Fact]
    public void The_output_can_be_named_and_weighed()
    {
        Assert.Equal(0, Report(At("run.jsonl"), "-o", At("other"), "--format", "folded", "--weight", "growths"));
        Assert.Equal("deep;main 1\n", File.ReadAllText(At("other")));
    }

    [Fact]
    public void The_summary_is_json()
    {
        Assert.Equal(0, Report(At("run.jsonl"), "--format=json", "--output=" + At("s.json")));
        using var document = JsonDocument.Parse(File.ReadAllBytes(At("s.json")));
        Assert.True(document.RootElement.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public void A_recording_that_was_cut_short_is_reported_and_said_to_be()
    {
        File.WriteAllText(At("cut.jsonl"), Recording[..^100]);
        Assert.Equal(0, Report(At("cut.jsonl")));
        Assert.Contains("cut short", _said.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing.jsonl", null, "there is no such file")]
    [InlineData("empty.jsonl", "", "nothing was recorded")]
    [InlineData("text.jsonl", "hello\n", ":1:1: this is no growstack recording")]
    public void A_recording_that_cannot_be_read_is_exit_1(string name, string? content, string problem)
    {
        if (content is not null)
            File.WriteAllText(At(name), content);

        Assert.Equal(1, Report(At(name)));
        Assert.Contains(problem, _said.ToString(), StringComparison.Ordinal);
        Assert.Contains(name, _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_no_recording()
    {
        Assert.Equal(1, Report(_folder));
        Assert.Contains("it is a directory", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_errors_are_exit_2()
    {
        Assert.Equal(2, Report());
        Assert.Equal(2, Report(At("run.jsonl"), "--format", "pdf"));
        Assert.Equal(2, Report(At("run.jsonl"), "--weight", "kilos"));
        Assert.Equal(2, Report(At("run.jsonl"), "--nonsense"));
        Assert.Contains("'pdf' is none of html, speedscope, folded, json", _said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_recording_is_never_overwritten()
    {
        Assert.Equal(2, Report(At("run.jsonl"), "-o", At("run.jsonl")));
        Assert.Equal(Recording, File.ReadAllText(At("run.jsonl")));
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_exit_125()
    {
        Assert.Equal(125, Report(At("run.jsonl"), "-o", At("no/such/place.html")));
        Assert.Contains("cannot write", _said.ToString(), StringComparison.Ordinal);
    }

    private static int Report(params string[] args) => CommandLine.Run(["report", .. args]);

    private string At(string name) => Path.Combine(_folder, name);
}
