// What the replayer reports.
using Growstack.Maps;

namespace Growstack.Traces.Tests;

public class ReplayerTests
{
    private const string Empty = "n=0 size=0x0 ssize=0 h=cbf29ce484222325 hm=cbf29ce484222325";

    [Fact]
    public void A_trace_that_agrees_has_no_divergence()
    {
        var result = Replay($"config min=0x1000 max=0x100000 -> OK {Empty}\nremove 0 -1 -> KERN_SUCCESS {Empty}");
        Assert.Equal("2 operations, 0 divergences", result.ToString());
    }

    [Fact]
    public void The_first_divergence_is_shown_with_both_sides_and_the_map()
    {
        var result = Replay($"# here\ninsert 0x1000 0x2000 rw rwx -> KERN_NO_SPACE {Empty}\ngrow 0x1000 -> KERN_FAILURE {Empty}");
        Assert.Equal(2, result.Divergences);
        var first = result.First!;
        Assert.Equal(("trace", 2, "insert 0x1000 0x2000 rw rwx"), (first.File, first.Line, first.Operation));
        Assert.StartsWith("KERN_NO_SPACE", first.Expected, StringComparison.Ordinal);
        Assert.StartsWith("KERN_SUCCESS n=1 size=0x1000", first.Actual, StringComparison.Ordinal);
        Assert.Equal("0x1000 0x2000 rw- rwx copy - wired=0 obj=- off=0x0\n", first.Dump);
    }

    [Fact]
    public void What_is_not_understood_counts_as_a_divergence()
    {
        var result = Replay("frobnicate 1 -> OK\n| lost\nstat -> n=0 size=0x0 ssize=0 wired=0 uwired=0 resv=0x0 anon_loc=0x0 dsize=0 tsize=0 entries_live=0 objects_live=9");
        Assert.Equal((2L, 1L), (result.Operations, result.Divergences));
        Assert.Contains("'frobnicate' is no operation", result.First!.Actual, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SKIP_ASSERT")]
    [InlineData("BLOCKED(wired)")]
    public void What_the_kernel_does_not_survive_must_be_refused(string recorded)
    {
        string[] operations = ["insert 0x1000 0x2000 rw rwx", "wire 0x1000 0x2000 system", "remove 0x1000 0x2000"];
        var text = new StringWriter();
        var writer = new TraceWriter(new TraceWorld(VmRelease.FreeBsd12), text);
        foreach (var operation in operations)
            writer.Write(operation);
        Assert.Contains("remove 0x1000 0x2000 -> SKIP_ASSERT n=1 size=0x1000", text.ToString(), StringComparison.Ordinal);
        Assert.Null(Replay(text.ToString().Replace("SKIP_ASSERT", recorded, StringComparison.Ordinal)).First);
        Assert.NotNull(Replay(text.ToString().Replace("SKIP_ASSERT", "KERN_SUCCESS", StringComparison.Ordinal)).First);
    }

    [Fact]
    public void A_dump_is_compared_line_by_line_and_the_bytes_kept_with_a_gap_too()
    {
        var text = new StringWriter();
        var writer = new TraceWriter(new TraceWorld(VmRelease.FreeBsd12), text);
        writer.Comment("a stack");
        writer.Write("stack 0x10000000 1M rw rwx down");
        writer.Write("dump");
        Assert.Null(Replay(text.ToString()).First);

        var kept = text.ToString().Replace("guard wired=0 obj=- off=0x0", "guard wired=0 obj=- off=0x0 id=- nread=0x1000", StringComparison.Ordinal);
        Assert.Null(Replay(kept).First);
        Assert.NotNull(Replay(kept.Replace("nread=0x1000", "nread=0x2000", StringComparison.Ordinal)).First);
        Assert.NotNull(Replay(text.ToString().Replace("| 0x10000000", "| 0x10001000", StringComparison.Ordinal)).First);
    }

    [Fact]
    public void What_is_written_replays()
    {
        foreach (var release in Enum.GetValues<VmRelease>())
        {
            var text = new StringWriter();
            var writer = new TraceWriter(new TraceWorld(release), text);
            foreach (var operation in new[] { "config min=0x1000 max=0x100000 swap=64p", "insert 0x1000 0x9000 rw rwx", "fork", "use 1", "fault 0x3000 w", "dump", "stat" })
                writer.Write(operation);
            Assert.Null(Replay(text.ToString(), release).First);
        }
    }

    [Fact]
    public void A_writer_takes_one_operation()
    {
        var writer = new TraceWriter(new TraceWorld(VmRelease.FreeBsd12), TextWriter.Null);
        Assert.Throws<TraceFormatException>(() => writer.Write("stat\nstat"));
        Assert.Throws<TraceFormatException>(() => writer.Write("# nothing"));
    }

    [Theory]
    [InlineData("/a/freebsd12/x.trace", VmRelease.FreeBsd12)]
    [InlineData("/freebsd12/freebsd10/x.trace", VmRelease.FreeBsd10)]
    [InlineData("/elsewhere/x.trace", VmRelease.FreeBsd10)]
    public void The_release_is_in_the_path(string path, VmRelease release) => Assert.Equal(release, Replayer.ReleaseOf(path));

    [Fact]
    public void Digests_are_fnv1a_of_the_lines()
    {
        Assert.Equal(0xcbf29ce484222325UL, StateDigest.Fnv1a(""));
        Assert.Equal(0xaf63dc4c8601ec8cUL, StateDigest.Fnv1a("a"));
        var world = new TraceWorld(VmRelease.FreeBsd12);
        new TraceWriter(world, TextWriter.Null).Write("insert 0x1000 0x2000 rw rwx");
        Assert.Equal(StateDigest.Fnv1a("0x1000 0x2000 rw- rwx copy - wired=0 obj=- off=0x0\n"), StateDigest.Of(world.Map).Exact);
        Assert.Equal(StateDigest.Fnv1a("0x1000 0x2000 rw- rwx copy - wired=0\n"), StateDigest.Of(world.Map).Merged);
    }

    private static ReplayResult Replay(string text, VmRelease release = VmRelease.FreeBsd12) =>
        Replayer.Replay(TraceReader.Read(new StringReader(text), "trace"), release);

    [Theory]
    [InlineData(VmRelease.FreeBsd12, "0x100000 0x10c000 --- --- copy stack_gap_dn|guard wired=0 obj=- off=0x0 nread=0x1000")]
    [InlineData(VmRelease.FreeBsd10, "0x10c000 0x110000 rw- rwx copy grows_down wired=0 obj=- off=0x0 nread=0xc000")]
    public void A_script_sees_the_map_after_each_operation(VmRelease release, string first)
    {
        List<string> shown = [];
        var options = new ReplayOptions
        {
            OnAnswer = (operation, _, map) => shown.AddRange(operation.IsDump ? TraceText.Lines(map, operation.Name == "dumpfull") : []),
        };
        var script = TraceReader.ReadFile(Repository.PathOf("samples", "scripts", "stack-clash.trace"));
        var result = Replayer.Replay(script, release, options);
        Assert.Equal(0, result.Divergences);
        Assert.Equal(first, shown[0]);
    }
}
