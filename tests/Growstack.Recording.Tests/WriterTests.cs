// The writer's promises: whole lines at once, no allocation per growth, and a failure that is told once.
using System.Text;

namespace Growstack.Recording.Tests;

public sealed class WriterTests
{
    private static readonly GrowthLine Growth = new(123_456, 7, 4711, 0x7ffd_1234_5ff8, 0x7ffd_1234_6000, 0x7ffd_1232_6000, 99);

    [Fact]
    public void Each_line_is_one_write_that_ends_in_a_newline()
    {
        var file = new Writes();
        using (var writer = new RecordingWriter(file, "f"))
        {
            writer.Write(Growth);
            writer.Write(new EndLine(1, 0));
        }

        Assert.Equal(
            [
                """{"t":"growth","at":123456,"stack":7,"tid":4711,"address":"0x7ffd12345ff8","from":"0x7ffd12346000","to":"0x7ffd12326000","chain":99}""" + "\n",
                """{"t":"end","at":1,"exitCode":0}""" + "\n",
            ],
            file.Texts);
    }

    [Fact]
    public void A_growth_allocates_nothing()
    {
        using var writer = new RecordingWriter(Stream.Null, "f");
        for (var i = 0; i < 100; i++)
            writer.Write(Growth with { At = i });

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            writer.Write(Growth with { At = i });

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Finding_a_known_chain_allocates_nothing()
    {
        var chains = new ChainTable(new Collector());
        var frame = chains.Frame("f", "m", "f.c", 3);
        ReadOnlySpan<int> frames = [frame, frame];
        var chain = chains.Chain(frames, 5);
        _ = chains.Chain(frames, 5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var same = 0;
        for (var i = 0; i < 100; i++)
            same += chains.Chain(frames, 5) == chain ? 1 : 0;

        Assert.Equal((0, 100), (GC.GetAllocatedBytesForCurrentThread() - before, same));
    }

    [Fact]
    public void A_frame_and_a_chain_are_written_once()
    {
        var seen = new Collector();
        var chains = new ChainTable(seen);
        var (main, walk) = (chains.Frame("main"), chains.Frame("walk", "m"));
        Assert.Equal(walk, chains.Frame("walk", "m"));
        var one = chains.Chain([walk, main]);
        Assert.NotEqual(one, chains.Chain([walk], 0, [main]));
        Assert.NotEqual(one, chains.Chain([walk, main], 0, [], [8UL, 16UL]));
        Assert.Equal(one, chains.Chain([walk, main]));
        Assert.Equal([0, 1, 0, 1, 2], seen.Lines.Select(l => l is FrameLine f ? f.Frame : ((ChainLine)l).Chain));
    }

    [Fact]
    public void A_failure_is_told_once_and_the_program_goes_on()
    {
        var failures = new List<RecordingFailure>();
        var file = new Full(room: 200);
        using (var writer = new RecordingWriter(file, "full.jsonl", failures.Add))
        {
            for (var i = 0; i < 10; i++)
                writer.Write(Growth);

            Assert.Same(writer.Failure, Assert.Single(failures));
        }

        Assert.Single(failures);
        Assert.Equal("full.jsonl", failures[0].Path);
        Assert.Contains("no space", failures[0].ToString(), StringComparison.Ordinal);

        // The half line that reached the disk is taken back.
        Assert.Equal(failures[0].Written, file.ToArray().Length);
        Assert.Equal(1, Encoding.UTF8.GetString(file.ToArray()).Count(c => c == '\n'));
    }

    [Fact]
    public void A_full_disk_is_a_failure_too()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("/dev/full is missing");

        RecordingFailure? failure = null;
        using var writer = RecordingWriter.Create("/dev/full", f => failure = f);
        writer.Write(Growth);
        Assert.NotNull(failure);
        Assert.Equal(0, failure.Written);
    }

    [Fact]
    public void A_recording_can_be_read_while_it_is_written()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var writer = RecordingWriter.Create(path);
            writer.Write(new StartLine(1, "0", DateTimeOffset.UnixEpoch, ["a"], "freebsd12", 1, 1, 4096, []));
            writer.Write(Growth);
            using var reading = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var seen = new Collector();
            Assert.False(RecordingReader.Read(reading, path, seen).Truncated);
            Assert.Equal(Growth, seen.Lines[1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed class Writes : MemoryStream
    {
        public List<string> Texts { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer) => Texts.Add(Encoding.UTF8.GetString(buffer));
    }

    private sealed class Full(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, room - Length);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
                throw new IOException("no space left on device");
        }
    }
}
