// Names of code made at run time, as runtimes write them for perf(1).
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Tests.Symbols;

public sealed class PerfMapTests : IDisposable
{
    private static readonly string File = $"/tmp/perf-{Environment.ProcessId}.map";

    public void Dispose() => System.IO.File.Delete(File);

    [Fact]
    public void A_name_goes_to_the_end_of_its_line()
    {
        System.IO.File.WriteAllText(File, "7f0000001000 20 int a<b, c>::d(int) [x]\n0x7f0000002000 0x10 with prefixes\nzz 10 rubbish\nrubbish\n7f0000003000 10 \e[2Jname\n");
        var map = new PerfMap(Environment.ProcessId);

        var function = map.Find(0x7f000000101f);

        Assert.Equal("int a<b, c>::d(int) [x]", function?.Name);
        Assert.Equal(0x7f0000001000UL, function?.Start);
        Assert.Same(function, map.Find(0x7f0000001000));
        Assert.Null(map.Find(0x7f0000001020));
        Assert.Null(map.Find(0x7f0000000fff));
        Assert.Equal("with prefixes", map.Find(0x7f000000200f)?.Name);
        Assert.Equal("?[2Jname", map.Find(0x7f0000003000)?.Name);
    }

    [Theory]
    [InlineData("JS:*visit /srv/app/deep.js:2:15", "visit deep.js:2")]
    [InlineData("LazyCompile:~ node:internal/main/run_main_module:1:1", "run_main_module:1")]
    [InlineData("int32 [deep] Deep::Fall(int32)[MinOptJitted]", "int32 [deep] Deep::Fall(int32)")]
    [InlineData("Builtin:JSEntry", "Builtin:JSEntry")]
    public void What_a_reader_does_not_need_is_left_out(string written, string name)
    {
        System.IO.File.WriteAllText(File, $"1000 10 {written}\n");
        Assert.Equal(name, new PerfMap(Environment.ProcessId).Find(0x1000)?.Name);
    }

    [Fact]
    public void What_is_written_later_is_found_and_the_last_line_holds()
    {
        var map = new PerfMap(Environment.ProcessId);
        Assert.Null(map.Find(0x1000));
        System.IO.File.WriteAllText(File, "1000 10 first\n");
        Assert.Equal("first", map.Find(0x1000)?.Name);
        System.IO.File.AppendAllText(File, "1000 20 second\n");
        Assert.Equal("second", map.Find(0x1010)?.Name);
        Assert.Equal("second", map.Find(0x1000)?.Name);
    }

    [Fact]
    public void Without_a_file_nothing_has_a_name() => Assert.Null(new PerfMap(int.MaxValue).Find(0x1000));
}
