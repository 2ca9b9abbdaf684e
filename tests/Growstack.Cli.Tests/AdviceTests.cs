// What the summary recommends: stacks close to their limits, and those far larger than they need be.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class AdviceTests
{
    [Fact]
    public async Task A_stack_close_to_its_limit_is_to_be_larger()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("recurse"), "3"), "--stack", "4M");
        Assert.Equal(0, outcome.Status);
        Assert.Contains(": the main stack used 3", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("of its 4 MiB: give it 8 MiB (ulimit -s 8192)", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"closeToLimit\"", summary.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_that_never_needed_their_stacks_are_told_with_what_that_costs()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("exitthreads"), "8"), "--thread-stack", "8M");
        Assert.Matches(@"threads? .*had 8 MiB of stack( each)? and never used more than .* KiB: .* of address space in all, of which .* cost memory; 128 KiB would do \(to try: --thread-stack 128K\)", outcome.Errors);
        Assert.Contains("\"kind\": \"oversized\"", summary.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_as_it_should_be_is_not_talked_about()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch("true"));
        Assert.DoesNotContain("would do", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("\"advice\": []", summary.Text, StringComparison.Ordinal);
    }
}
