// The reader survives any input and says where it is wrong.
using System.IO.Compression;
using System.Text;
using CsCheck;
using Growstack.Maps;

namespace Growstack.Traces.Tests;

public class TraceReaderTests
{
    [Fact]
    public void Comments_and_empty_lines_are_skipped_and_lines_counted()
    {
        var operations = Read("# a comment\n\n  grow 0x1000 -> KERN_SUCCESS n=0\n\nstat -> n=0");
        Assert.Equal([3, 5], operations.Select(o => o.Operation!.Line));
        Assert.Equal("grow 0x1000", operations[0].Operation!.Text);
        Assert.Equal("KERN_SUCCESS n=0", operations[0].Operation!.Expected);
        Assert.Equal([3, 8], operations[0].Operation!.Words.Select(w => w.Column));
    }

    [Fact]
    public void A_dump_has_its_state_behind_its_name_and_its_entries_below()
    {
        var dump = Assert.Single(Read("dump n=1 size=0x1000\n| 0x1000 0x2000 rw-\n| another\n")).Operation!;
        Assert.Equal("dump", dump.Text);
        Assert.Equal("n=1 size=0x1000", dump.Expected);
        Assert.Equal(["0x1000 0x2000 rw-", "another"], dump.Printed);
    }

    [Fact]
    public void Printed_content_without_a_dump_is_an_error_at_its_place()
    {
        var error = Assert.Single(Read("# nothing\n| 0x1000 0x2000")).Error!;
        Assert.Equal(("trace", 2, 1), (error.File, error.Line, error.Column));
        Assert.StartsWith("trace:2:1: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grow", 5)]
    [InlineData("grow here", 6)]
    [InlineData("stack 0x1000 1M rz rwx down", 17)]
    [InlineData("insert 0x1000 0x2000 rw rwx sideways", 29)]
    [InlineData("protect 0x1000 0x2000000000000000k r", 16)]
    [InlineData("limit cpu 3", 7)]
    [InlineData("config nonsense", 8)]
    [InlineData("frobnicate 1", 1)]
    public void A_malformed_operation_is_an_error_at_its_column(string line, int column)
    {
        var world = new TraceWorld(VmRelease.FreeBsd12);
        var error = Assert.Throws<TraceFormatException>(() => world.Execute(Read("\n" + line)[0].Operation!));
        Assert.Equal((2, column), (error.Line, error.Column));
        Assert.Equal(0, world.Map.EntryCount);
    }

    [Theory]
    [InlineData("0x10", 16UL)]
    [InlineData("16", 16UL)]
    [InlineData("1k", 1024UL)]
    [InlineData("3M", 3UL << 20)]
    [InlineData("2g", 2UL << 30)]
    [InlineData("2p", 8192UL)]
    [InlineData("inf", 0x7fff_ffff_ffff_ffffUL)]
    [InlineData("-1", ulong.MaxValue)]
    public void Numbers_have_suffixes(string text, ulong number)
    {
        Assert.True(Arguments.TryParseNumber(text, out var parsed));
        Assert.Equal(number, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("k")]
    [InlineData("-2")]
    [InlineData("1kk")]
    [InlineData("99999999999999999999")]
    [InlineData("0xffffffffffffffffk")]
    public void And_everything_else_is_none(string text) => Assert.False(Arguments.TryParseNumber(text, out _));

    [Fact]
    public void Compressed_traces_are_recognised_by_their_content()
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write("stat -> n=0\n"u8);
        compressed.Position = 0;
        Assert.Equal("stat", Assert.Single(TraceReader.Read(compressed, "trace")).Operation!.Name);
    }

    [Fact]
    public void A_damaged_archive_is_an_error()
    {
        var broken = new byte[] { 0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 0xff, 0xff, 0xff, 0xff };
        Assert.NotNull(TraceReader.Read(new MemoryStream(broken), "trace").Last().Error);
    }

    [Fact]
    public void A_line_too_long_is_an_error_and_the_next_is_read()
    {
        var items = Read(new string('x', 100_000) + "\nstat -> n=0\n");
        Assert.NotNull(items[0].Error);
        Assert.Equal(2, items[1].Operation!.Line);
    }

    [Fact]
    public void Any_bytes_are_read_to_their_end() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        foreach (var item in TraceReader.Read(new MemoryStream(bytes), "trace"))
            Assert.True(item.Operation is null != item.Error is null);
    });

    [Fact]
    public void Any_words_of_traces_replay_to_their_end()
    {
        string[] vocabulary =
        [
            "config", "stack", "grow", "fault", "insert", "fixed", "find", "findmin", "findspace", "remove", "delete", "protect", "inherit", "madvise", "sync",
            "check", "wire", "unwire", "lookup", "simplify", "limit", "sysctl", "set", "wirefuture", "textvp", "mkobj", "fork", "use", "procspace", "free",
            "stat", "dump", "digest", "0x1000", "0x2000", "0x9000", "1M", "inf", "-1", "0", "7", "rw", "rwx", "---", "none", "down", "up", "share", "zero",
            "cow", "guard", "excl", "nofault", "charged", "obj=1", "off=0x1000", "space=none", "space=super", "space=align:20", "maxaddr=0x9000", "on", "off",
            "stack", "vmem", "memlock", "sgrowsiz", "swap", "ssize", "objects=null", "min=0x1000", "max=0x100000", "system", "holesok", "write", "setmax", "->",
            "KERN_SUCCESS", "|", "#",
        ];
        var line = Gen.Int[0, vocabulary.Length - 1].Select(i => vocabulary[i]).List[1, 9].Select(w => string.Join(' ', w));
        Gen.Select(line.List[1, 30], Gen.Bool).Sample((lines, twelve) =>
        {
            var release = twelve ? VmRelease.FreeBsd12 : VmRelease.FreeBsd10;
            var text = string.Join('\n', lines);
            Replayer.Replay(TraceReader.Read(new StringReader(text), "trace"), release, new ReplayOptions { CheckConsistency = true });
        });
    }

    private static List<TraceItem> Read(string text) => [.. TraceReader.Read(new MemoryStream(Encoding.Latin1.GetBytes(text)), "trace")];
}
