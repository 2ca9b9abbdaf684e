// What the reader tolerates, and how it says what it does not.
using System.Text;
using CsCheck;

namespace Growstack.Recording.Tests;

public sealed class ReaderTests
{
    private const string Start =
        """{"t":"start","version":1,"growstack":"0.1.0","time":"2026-01-02T03:04:05Z","command":["a"],"release":"freebsd12","sgrowsiz":131072,"guardPages":1,"pageSize":4096,"options":{}}""" + "\n";

    [Fact]
    public void Unknown_lines_and_members_are_skipped()
    {
        var (lines, result) = Read(Start + """
            {"t":"comet","tail":[1,{"t":"start"}]}
            {"colour":{"a":[1]},"t":"exit","at":5,"pid":1,"status":3,"mood":"fine"}

            """);
        Assert.Equal(new ExitLine(5, 1, 3, null), lines[1]);
        Assert.Equal(new RecordingReadResult(3, 1, false), result);
    }

    [Fact]
    public void Members_may_come_in_any_order_and_lines_may_be_blank()
    {
        var (lines, _) = Read(Start + "\r\n" + """{"status":3,"pid":1,"at":5,"t":"exit"}""" + "\r\n");
        Assert.Equal(new ExitLine(5, 1, 3, null), lines[1]);
    }

    [Theory]
    [InlineData("""{"t":"exit","at":5,"pid":1,"status":3}""")]
    [InlineData("""{"t":"exit","at":5,""")]
    [InlineData("\0\u0001garbage")]
    public void A_last_line_without_its_newline_is_dropped(string last)
    {
        var (lines, result) = Read(Start + last);
        Assert.Single(lines);
        Assert.True(result.Truncated);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_become_replacement_characters()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Start), .. "{\"t\":\"thread\",\"at\":1,\"pid\":1,\"tid\":2,\"name\":\"a"u8, 0xff, 0xfe, .. "b\"}\n"u8];
        var seen = new Collector();
        _ = RecordingReader.Read(new MemoryStream(bytes), "f", seen);
        Assert.Equal("a\ufffd\ufffdb", ((ThreadLine)seen.Lines[1]).Name);
    }

    [Theory]
    [InlineData("", 1, 1, "empty")]
    [InlineData("hello\n", 1, 1, "no growstack recording")]
    [InlineData("{\"a\":1}\n", 1, 1, "no growstack recording")]
    [InlineData("""{"t":"end","at":0,"exitCode":0}""" + "\n", 1, 1, "no growstack recording")]
    [InlineData("""{"t":"start","version":2}""" + "\n", 1, 1, "newer growstack")]
    [InlineData(Start + """{"t":"exit","at":-1,"pid":1}""" + "\n", 2, 18, "'at'")]
    [InlineData(Start + """{"t":"exit","at":5}""" + "\n", 2, 1, "without 'pid'")]
    [InlineData(Start + """{"t":"exit","at":5,"pid":"x"}""" + "\n", 2, 26, "'pid'")]
    [InlineData(Start + """{"t":"exit","at":5,"pid":1""" + "\n", 2, 27, "damaged")]
    [InlineData(Start + """{"t":"exit"} {}""" + "\n", 2, 14, "damaged")]
    [InlineData(Start + "[]\n", 2, 1, "not a JSON object")]
    [InlineData(Start + """{"t":"process","at":0,"pid":1,"parent":0,"command":["a",7],"how":"start"}""" + "\n", 2, 57, "list of texts")]
    [InlineData(Start + """{"t":"process","at":0,"pid":1,"parent":0,"command":[],"how":"magic"}""" + "\n", 2, 61, "none of start, fork, vfork, exec")]
    [InlineData(Start + """{"t":"growth","at":0,"stack":1,"tid":1,"address":"0x1","from":"4096","to":"0x0"}""" + "\n", 2, 63, "'from' is not an address")]
    [InlineData(Start + """{"t":"growth","at":0,"stack":1,"tid":1,"address":"0x1","from":"0x1000","to":"0x2000"}""" + "\n", 2, 1, "'to' is above")]
    [InlineData(Start + """{"t":"map","at":0,"pid":1,"entries":[{"start":"0x1000","end":"0x2000","prot":"","kind":"cheese","name":""}]}""" + "\n", 2, 88, "none of stack, gap")]
    [InlineData(Start + Start, 2, 1, "second 'start'")]
    public void An_error_names_file_line_and_column(string text, long line, long column, string problem)
    {
        var error = Assert.Throws<RecordingFormatException>(() => Read(text));
        Assert.Equal(("f.jsonl", line, column), (error.File, error.Line, error.Column));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.StartsWith($"f.jsonl:{line}:{column}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_read()
    {
        var name = new string('n', 700_000);
        var (lines, _) = Read(Start + $$"""{"t":"thread","at":1,"pid":1,"tid":2,"name":"{{name}}"}""" + "\n");
        Assert.Equal(name, ((ThreadLine)lines[1]).Name);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_but_never_crash() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Survives([.. Encoding.UTF8.GetBytes(Start), .. bytes, (byte)'\n']));

    [Fact]
    public void Any_damage_is_read_or_refused_but_never_crashes()
    {
        var whole = SyntheticRun.Bytes(new SyntheticRun.Shape { Threads = 4, Growths = 20 });
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, 40]).Array[1, 6].Sample(
            damages =>
            {
                var bytes = whole.ToList();
                foreach (var (at, value, cut) in damages)
                {
                    var place = Math.Min(at, bytes.Count - 1);
                    bytes[place] = value;
                    bytes.RemoveRange(place, Math.Min(cut, bytes.Count - place - 1));
                }

                Survives([.. bytes]);
            },
            iter: 500);
    }

    [Fact]
    public void Reading_in_small_pieces_changes_nothing()
    {
        var bytes = SyntheticRun.Bytes(new SyntheticRun.Shape { Threads = 3, Growths = 30 });
        var (whole, pieces) = (new Collector(), new Collector());
        _ = RecordingReader.Read(new MemoryStream(bytes), "f", whole);
        _ = RecordingReader.Read(new Trickle(bytes), "f", pieces);
        Assert.Equal(whole.Lines.Count, pieces.Lines.Count);
        Assert.Equal(whole.Lines.OfType<GrowthLine>(), pieces.Lines.OfType<GrowthLine>());
    }

    private static void Survives(byte[] bytes)
    {
        try
        {
            // Reports must cope with whatever the reader lets through.
            var run = RecordedRun.Load(new MemoryStream(bytes), "f");
            HtmlExporter.Write(run, Stream.Null);
            JsonExporter.Write(run, Stream.Null);
            SpeedscopeExporter.Write(run, Stream.Null);
            FoldedExporter.Write(run, TextWriter.Null);
        }
        catch (RecordingFormatException)
        {
            // Refused, with a place.
        }
    }

    private static (List<object> Lines, RecordingReadResult Result) Read(string text)
    {
        var seen = new Collector();
        var result = RecordingReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "f.jsonl", seen);
        return (seen.Lines, result);
    }

    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
