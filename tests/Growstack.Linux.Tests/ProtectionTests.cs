// Changes of protection: the program is stopped at them only where stacks may lie.
using Growstack.Maps;

namespace Growstack.Linux.Tests;

public class ProtectionTests
{
    private const int Changes = 2 * 1001;

    [Fact]
    public void Where_no_stack_lies_the_program_is_not_stopped_at_them()
    {
        var run = Fixture.Run([Fixture.Compile("protections")]);
        Assert.Equal("0 failed\nchild 0\n", run.Output);
        Assert.InRange(run.Result.Statistics.MemoryCalls, 0, Changes / 2);
    }

    [Fact]
    public void Once_a_stack_may_lie_anywhere_all_are_followed_in_children_too()
    {
        var run = Fixture.Run([Fixture.Compile("protections"), "thread"]);
        Assert.Equal("0 failed\nchild 0\n", run.Output);
        Assert.InRange(run.Result.Statistics.MemoryCalls, Changes, 2 * Changes);
        Assert.True(run.Program.Stacks.Single(stack => stack.Kind == StackKind.Thread).IsManaged);
    }

    [Theory]
    [InlineData("")]
    [InlineData("thread")]
    public void The_final_map_has_them(string what)
    {
        var run = Fixture.Run([Fixture.Compile("protections"), what], o => o with { KeepMaps = true });
        var map = run.Program.FinalMap!;

        // The last change left one page of the program's memory read-only, and the rest as it was made.
        Assert.Contains(map, range => range is { Kind: MappedKind.Anonymous, Protection: VmProt.Read } && range.End - range.Start == 4096);
        Assert.Contains(map, range => range is { Kind: MappedKind.File, Protection: VmProt.Read } && range.Path?.EndsWith("protections", StringComparison.Ordinal) == true);
    }
}
