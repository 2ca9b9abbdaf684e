// The exports of a small recording, to the letter; and that nothing in a recording can break out of the page.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Growstack.Recording.Tests;

public sealed partial class ExportTests
{
    private const string Evil = "</script><script>alert(1)</script><!--<script>\u2028\"'&\\ ]]> \0 {{data}}";

    [Fact]
    public void Folded_by_bytes() => Matches("small.folded", Folded(ChainWeight.Bytes));

    [Fact]
    public void Folded_by_growths() => Matches("small.growths.folded", Folded(ChainWeight.Growths));

    [Fact]
    public void Speedscope() => Matches("small.speedscope.json", Export(SpeedscopeExporter.Write));

    [Fact]
    public void Summary() => Matches("small.summary.json", Export(JsonExporter.Write));

    [Fact]
    public void Speedscope_profiles_are_consistent()
    {
        using var stream = new MemoryStream();
        SpeedscopeExporter.Write(SyntheticRun.Load(new SyntheticRun.Shape()), stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        var frames = document.RootElement.GetProperty("shared").GetProperty("frames").GetArrayLength();
        foreach (var profile in document.RootElement.GetProperty("profiles").EnumerateArray())
        {
            var samples = profile.GetProperty("samples").EnumerateArray().ToList();
            Assert.Equal(samples.Count, profile.GetProperty("weights").GetArrayLength());
            Assert.Equal(profile.GetProperty("endValue").GetUInt64(), profile.GetProperty("weights").EnumerateArray().Aggregate(0UL, (sum, w) => sum + w.GetUInt64()));
            Assert.All(samples, s => Assert.All(s.EnumerateArray(), f => Assert.InRange(f.GetInt32(), 0, frames - 1)));
        }
    }

    [Fact]
    public void Nothing_in_a_recording_breaks_out_of_the_page()
    {
        var html = Page(EvilRun());
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(html, "<script", RegexOptions.IgnoreCase));
        Assert.Equal(2, Regex.Count(html, "</script", RegexOptions.IgnoreCase));
        using var data = JsonDocument.Parse(Data().Match(html).Groups[1].Value);
        Assert.Equal(Evil, data.RootElement.GetProperty("stacks")[0].GetProperty("title").GetString());
    }

    [Fact]
    public void The_page_loads_nothing_and_allows_only_its_own_script_and_style()
    {
        var html = Page(SyntheticRun.Load(new SyntheticRun.Shape { Threads = 3, Growths = 10 }));
        Assert.DoesNotMatch(@"(?i)(src|href)\s*=\s*[""']?(https?:|//)", html);
        Assert.DoesNotMatch(@"(?i)url\(|@import|\bfetch\(|XMLHttpRequest|\son\w+=""", html);
        var script = html[(html.LastIndexOf("<script>", StringComparison.Ordinal) + 8)..html.LastIndexOf("</script>", StringComparison.Ordinal)];
        var style = html[(html.IndexOf("<style>", StringComparison.Ordinal) + 7)..html.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.Contains($"script-src 'sha256-{Digest(script)}'", html, StringComparison.Ordinal);
        Assert.Contains($"style-src 'sha256-{Digest(style)}'", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_scripts_the_page_still_tells_the_essentials()
    {
        var html = Page(SyntheticRun.Load(new SyntheticRun.Shape { Threads = 300, Growths = 400 }));
        Assert.Contains("Thread worker-3 overflowed its stack", html, StringComparison.Ordinal);
        var fallback = html[html.IndexOf("<noscript>", StringComparison.Ordinal)..html.IndexOf("</noscript>", StringComparison.Ordinal)];
        Assert.Contains("worker-3 (overflowed)", fallback, StringComparison.Ordinal);
        Assert.Contains("102 more stacks", fallback, StringComparison.Ordinal);
        Assert.Contains("13 911 times", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_stays_small_however_many_stacks_and_growths_there_are()
    {
        var html = Page(SyntheticRun.Load(new SyntheticRun.Shape { Threads = 2000, Growths = 60_000 }));
        Assert.InRange(html.Length, 100_000, 6_000_000);
    }

    [Theory]
    [InlineData(0UL, "0\u00a0B")]
    [InlineData(1023UL, "1023\u00a0B")]
    [InlineData(131_072UL, "128\u00a0KiB")]
    [InlineData(8UL << 20, "8\u00a0MiB")]
    [InlineData((8UL << 20) + 1, "8.0\u00a0MiB")]
    [InlineData(RecordingFormat.Unlimited, "no\u00a0limit")]
    public void Sizes(ulong bytes, string text) => Assert.Equal(text, Units.Size(bytes));

    [Theory]
    [InlineData(0.999, "99\u00a0%")]
    [InlineData(1, "100\u00a0%")]
    [InlineData(0.0123, "1.2\u00a0%")]
    [InlineData(0, "0\u00a0%")]
    public void Shares(double share, string text) => Assert.Equal(text, Units.Share(share));

    [Theory]
    [InlineData(999, "999\u00a0µs")]
    [InlineData(12_400, "12.4\u00a0ms")]
    [InlineData(1_284_000, "1.28\u00a0s")]
    [InlineData(123_000_000, "2\u00a0min\u00a03\u00a0s")]
    public void Times(long microseconds, string text) => Assert.Equal(text, Units.Time(microseconds));

    private static RecordedRun EvilRun()
    {
        using var stream = new MemoryStream();
        using (var writer = new RecordingWriter(stream, Evil))
        {
            var chains = new ChainTable(writer);
            writer.Write(new StartLine(1, Evil, DateTimeOffset.UnixEpoch, [Evil, Evil], Evil, 1, 1, 4096, [new(Evil, Evil)]));
            writer.Write(new ProcessLine(0, 1, 0, [Evil], ProcessOrigin.Start));
            writer.Write(new ThreadLine(0, 1, 1, Evil));
            writer.Write(new StackLine(0, 0, 1, 1, StackKind.Main, Evil, 0x1000, 0x9000, 0x1000, 0x1000, 0x7000, Evil));
            var chain = chains.Chain([chains.Frame(Evil, Evil, Evil, 1)]);
            writer.Write(new GrowthLine(1, 0, 1, 0x7ff0, 0x8000, 0x7000, chain));
            writer.Write(new OverflowLine(2, 0, 1, 1, 0x1ff0, 0x10, 16, 0x7000, Evil, chain, [Evil]));
            writer.Write(new MapLine(3, 1, [new MapEntryLine(0x2000, 0x9000, Evil, MapEntryKind.Stack, Evil)]));
        }

        return RecordedRun.Load(new MemoryStream(stream.ToArray()), Evil);
    }

    private static string Digest(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Page(RecordedRun run)
    {
        using var stream = new MemoryStream();
        HtmlExporter.Write(run, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static RecordedRun Small()
    {
        using var file = File.OpenRead(Golden.Path("small.jsonl"));
        return RecordedRun.Load(file, "small.jsonl");
    }

    private static string Folded(ChainWeight weight)
    {
        using var writer = new StringWriter();
        FoldedExporter.Write(Small(), writer, weight);
        return writer.ToString();
    }

    private static string Export(Action<RecordedRun, Stream> export)
    {
        using var stream = new MemoryStream();
        export(Small(), stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Matches(string golden, string actual)
    {
        // To accept a change, copy the file that this names over the golden one.
        var path = Golden.Path(golden);
        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected.TrimEnd('\n') != actual.TrimEnd('\n'))
            File.WriteAllText(path + ".actual", actual);

        Assert.Equal(expected.TrimEnd('\n'), actual.TrimEnd('\n'));
    }

    [GeneratedRegex("""<script type="application/json" id="data">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex Data();
}
