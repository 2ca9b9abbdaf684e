// The stacks of threads: reserved, grown, measured and limited like the main one.
using System.Globalization;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class ThreadStackTests
{
    [Theory]
    [InlineData(100, "")]
    [InlineData(100, "static")]
    [InlineData(100, "musl")]
    [InlineData(1000, "")]
    public async Task Many_threads_at_the_same_time(int count, string variant)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("threads", variant), Text(count), "64"));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{count} threads, sum {(long)count * (count + 1) / 2}\n"), proof.Under.Output);
    }

    [Theory]
    [InlineData(100, "")]
    [InlineData(100, "musl")]
    [InlineData(1000, "")]
    public async Task Every_thread_has_its_line(int count, string variant)
    {
        var (_, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("threads", variant), Text(count), "64"), "--quiet");
        Assert.Equal(count, summary.Threads.Count());
        Assert.All(summary.Threads, stack =>
        {
            Assert.InRange(stack.Peak, 64 << 10, 96 << 10);
            Assert.InRange(stack.Mapped, stack.Peak, stack.Reserved);
            Assert.InRange(stack.Limit, stack.Mapped, stack.Reserved);
        });
    }

    [Fact]
    public async Task Alike_threads_are_folded_into_one_line_unless_all_are_asked_for()
    {
        var launch = new Launch(await Fixtures.Build("threads"), "100", "64");
        var (folded, _) = await Proof.UnderAsync(launch);
        Assert.InRange(folded.Errors.Split('\n').Length, 2, 20);
        Assert.Contains("100", folded.Errors, StringComparison.Ordinal);
        var (all, _) = await Proof.UnderAsync(launch, "--all-threads");
        Assert.InRange(all.Errors.Split('\n').Length, 101, 130);
    }

    [Theory]
    [InlineData(3, 20, "")]
    [InlineData(60, 4, "")]
    [InlineData(3, 8, "musl")]
    public async Task Threads_recurse_through_megabytes(int megabytes, int count, string variant)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("recurse", variant), Text(megabytes), Text(count)));
        var deep = proof.Summary.Threads.Where(stack => stack.Peak >= (long)megabytes << 20).ToArray();
        Assert.Equal(count, deep.Length);
        Assert.All(deep, stack => Assert.True(stack.Growths > 0));
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(64, 6)]
    [InlineData(300, 5)]
    public async Task The_peak_is_right_to_the_page_also_on_a_reused_stack(int kilobytes, int count)
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("ownuse"), "thread", Text(kilobytes), Text(count)), "--quiet");
        Assert.Equal(0, outcome.Status);
        long[] truth = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Equal(count, truth.Length);
        long[] peaks = [.. summary.Threads.Select(stack => stack.Peak)];
        Assert.Equal(count, peaks.Length);
        for (int i = 0; i < count; i++)
            Assert.True(peaks[i] >= truth[i] && peaks[i] <= truth[i] + 4096, $"thread {i}: used {truth[i]}, told {peaks[i]}");
    }

    [Fact]
    public async Task Stacks_that_the_library_keeps_serve_the_next_thread()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("cache"), "100"));
        Assert.Equal("100 of 100 rounds deep enough\n", proof.Under.Output);
        StackLine[] threads = [.. proof.Summary.Threads];
        Assert.Equal(100, threads.Length);
        for (int i = 0; i < threads.Length; i++)
            Assert.InRange(threads[i].Peak, (i % 2 == 0 ? 512 : 16) << 10, i % 2 == 0 ? 560 << 10 : 64 << 10);
    }

    [Fact]
    public async Task A_thread_overflows_as_natively_and_it_is_explained()
    {
        var launch = new Launch(await Fixtures.Build("overflow"), "thread");
        await Proof.SameAsync(launch);
        var (outcome, _) = await Proof.UnderAsync(launch);
        Assert.Equal(139, outcome.Status);
        Assert.Contains("stack overflow", outcome.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_thread_catches_its_overflow_and_goes_on()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("caught"), "thread", "5"));
        Assert.Equal("caught 5, sound 5, then deep again: yes\n", proof.Under.Output);
    }

    [Fact]
    public async Task Threads_of_an_OpenMP_loop()
    {
        var proof = await Proof.SameAsync(
            new Launch(await Fixtures.Build("openmp")) { Environment = new Dictionary<string, string?> { ["OMP_STACKSIZE"] = "4M" } });
        Assert.Equal("sum 2080\n", proof.Under.Output);
        Assert.Equal(7, proof.Summary.Threads.Count(stack => stack.Peak >= 3 << 20));
    }

    [Fact]
    public async Task Threads_on_stacks_of_their_own_making_are_recognised()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("clones")));
        Assert.Equal(2, proof.Summary.Threads.Count(stack => stack is { Peak: >= 200 << 10 and < 512 << 10, Growths: > 0 }));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
