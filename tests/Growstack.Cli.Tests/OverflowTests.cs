// A stack overflow ends the program exactly as natively, or reaches its handler; the summary explains it.
using System.Text.RegularExpressions;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed partial class OverflowTests
{
    [Theory]
    [InlineData("main", "")]
    [InlineData("main", "static")]
    [InlineData("main", "musl")]
    [InlineData("child", "")]
    public async Task Ends_the_program_as_natively(string where, string variant)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("overflow", variant), where));
        Assert.Equal(where == "child" ? 0 : 139, proof.Under.Status);
        Assert.True(proof.Summary.Growths > 0, "the stack overflowed without having grown");
    }

    [Theory]
    [InlineData("main")]
    [InlineData("child")]
    public async Task Is_explained_in_the_summary(string where)
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("overflow"), where), "--stack", "2M");
        Assert.Equal(where == "child" ? 0 : 139, outcome.Status);
        string line = Assert.Single(outcome.Errors.Split('\n'), text => text.Contains("stack overflow", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("overflow", line, StringComparison.Ordinal);
        Assert.Matches(Address(), outcome.Errors);
        Assert.Contains("2 MiB", outcome.Errors.Replace("2.0 MiB", "2 MiB", StringComparison.Ordinal), StringComparison.Ordinal);
        var deepest = summary.Mains.MaxBy(stack => stack.Peak)!;
        Assert.InRange(deepest.Peak, deepest.Limit - (128 << 10), deepest.Limit);
        Assert.Contains("verflow", summary.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "main")]
    [InlineData("constant", "main")]
    [InlineData("null", "thread")]
    [InlineData("constant", "thread")]
    public async Task Is_not_claimed_for_another_fault(string how, string where)
    {
        var (outcome, _) = await Proof.UnderAsync(new Launch(await Fixtures.Build("dying"), how, where));
        Assert.Equal(139, outcome.Status);
        Assert.DoesNotContain("stack overflow", outcome.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("main", "")]
    [InlineData("main", "static")]
    public async Task Is_caught_on_an_alternate_stack_and_the_program_goes_on(string where, string variant)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("caught", variant), where, "5"));
        Assert.Equal("caught 5, sound 5, then deep again: yes\n", proof.Under.Output);
    }

    [GeneratedRegex("0x[0-9a-f]{6,}")]
    private static partial Regex Address();
}
