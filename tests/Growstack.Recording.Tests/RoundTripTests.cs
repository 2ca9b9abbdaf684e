// What is written is read back; what is read is written back to the byte.
using System.Text;
using CsCheck;

namespace Growstack.Recording.Tests;

public sealed class RoundTripTests
{
    [Fact]
    public void A_realistic_recording_survives_to_the_byte()
    {
        var bytes = SyntheticRun.Bytes(new SyntheticRun.Shape { Threads = 12, Growths = 300 });
        Assert.Equal(Encoding.UTF8.GetString(bytes), Rewrite(bytes));
    }

    [Fact]
    public void The_golden_recording_survives_to_the_byte()
    {
        var bytes = File.ReadAllBytes(Golden.Path("small.jsonl"));
        Assert.Equal(Encoding.UTF8.GetString(bytes), Rewrite(bytes));
    }

    [Fact]
    public void Any_text_and_any_number_survive()
    {
        var size = Gen.ULong[0, ulong.MaxValue / 2];
        var gen = Gen.Select(Gen.String, Gen.String.Array[0, 4], size, size, Gen.Long[0, long.MaxValue], Gen.Int[0, int.MaxValue]);
        gen.Sample((text, texts, low, more, at, number) =>
        {
            var high = low + more + 1;
            var seen = new Collector();
            using var stream = new MemoryStream();
            var options = texts.Distinct().Select(t => new KeyValuePair<string, string>(t, text)).ToArray();
            var start = new StartLine(1, text, DateTimeOffset.UnixEpoch.AddSeconds(number), texts, text, high, 0, 4096, options);
            var stack = new StackLine(at, number, number, number, StackKind.Thread, text, low, high, 0, high - low, high, text);
            var overflow = new OverflowLine(at, number, number, number, low, high, 8, RecordingFormat.Unlimited, text, number, texts);
            var map = new MapLine(at, number, [new MapEntryLine(low, high, "rw-", MapEntryKind.Anonymous, text)]);
            var frame = new FrameLine(number, text, text, null, number);
            using (var writer = new RecordingWriter(stream, "test"))
            {
                writer.Write(start);
                writer.Write(stack);
                writer.Write(overflow);
                writer.Write(map);
                writer.Write(frame);
            }

            _ = RecordingReader.Read(new MemoryStream(stream.ToArray()), "test", seen);

            // Text that is not Unicode cannot be written as UTF-8; its place is kept.
            Assert.Equal(Clean(text), ((StartLine)seen.Lines[0]).Growstack);
            Assert.Equal(texts.Select(Clean), ((StartLine)seen.Lines[0]).Command);
            Assert.Equal(start.Time, ((StartLine)seen.Lines[0]).Time);
            Assert.Equal(stack with { Role = Clean(text), LimitFrom = Clean(text) }, seen.Lines[1]);
            Assert.Equal(texts.Select(Clean), ((OverflowLine)seen.Lines[2]).Explanation);
            Assert.Equal(RecordingFormat.Unlimited, ((OverflowLine)seen.Lines[2]).Limit);
            Assert.Equal(new MapEntryLine(low, high, "rw-", MapEntryKind.Anonymous, Clean(text)), ((MapLine)seen.Lines[3]).Entries[0]);
            Assert.Equal(frame with { Function = Clean(text), Module = Clean(text) }, seen.Lines[4]);
        });
    }

    private static string Clean(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Rewrite(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var writer = new RecordingWriter(stream, "copy"))
            _ = RecordingReader.Read(new MemoryStream(bytes), "test", writer);

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
