// The main stack grows under our map as far as its limit, and the summary tells the truth about it.
using System.Globalization;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class MainStackTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(7, 8, "")]
    [InlineData(7, 8, "static")]
    [InlineData(7, 8, "musl")]
    [InlineData(60, 64, "")]
    [InlineData(60, 64, "static")]
    [InlineData(1000, 1024, "")]
    public async Task Recursion_through_megabytes(int megabytes, int stack, string variant)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("recurse", variant), Text(megabytes)) { Stack = stack * MiB });
        Assert.Equal("deep enough\n", proof.Under.Output);
        var main = Assert.Single(proof.Summary.Mains);
        Assert.InRange(main.Peak, megabytes * MiB, main.Mapped);
        Assert.InRange(main.Mapped, main.Peak, main.Limit);
        Assert.Equal(stack * MiB, main.Limit);
        Assert.True(main.Growths > 0, "no growth was counted");
    }

    [Theory]
    [InlineData("64k", 64 << 10)]
    [InlineData("8M", 8 << 20)]
    [InlineData("1G", 1 << 30)]
    [InlineData("256K", 256 << 10)]
    public async Task Stack_sizes_are_understood(string size, long bytes)
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch("/bin/true"), "--quiet", "--stack", size);
        Assert.Equal(0, outcome.Status);
        Assert.Equal(bytes, Assert.Single(summary.Mains).Limit);
    }

    [Fact]
    public async Task The_limit_is_the_inherited_soft_limit_by_default()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch("/bin/true"), "--quiet");
        Assert.Equal(0, outcome.Status);
        if (Machine.SoftStack == long.MaxValue)
            Assert.Skip("the stack is unlimited here");
        Assert.Equal(Machine.SoftStack, Assert.Single(summary.Mains).Limit);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(777)]
    [InlineData(4000)]
    [InlineData(7000)]
    public async Task The_peak_is_right_to_the_page(int kilobytes)
    {
        var launch = new Launch(await Fixtures.Build("ownuse"), "main", Text(kilobytes));
        var (outcome, summary) = await Proof.UnderAsync(launch, "--quiet");
        Assert.Equal(0, outcome.Status);
        long truth = long.Parse(outcome.Output, CultureInfo.InvariantCulture);
        var main = Assert.Single(summary.Mains);
        Assert.True(main.IsExact);
        // A shallow program is not the deepest user of its stack: the dynamic loader and printf go some pages down before and after.
        if (kilobytes >= 100)
            Assert.InRange(main.Peak, truth, truth + 4096);
        else
            Assert.InRange(main.Peak, truth, 128 << 10);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(6000)]
    [InlineData(7900)]
    public async Task A_large_array_is_touched_first_at_its_far_end(int kilobytes)
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("jump"), Text(kilobytes)));
        Assert.InRange(Assert.Single(proof.Summary.Mains).Peak, kilobytes * 1024L, 8 * MiB);
    }

    [Fact]
    public async Task What_the_kernel_left_on_the_stack_is_still_there()
    {
        var launch = new Launch(await Fixtures.Build("initial"), "one", "two words", "", "ünï")
        {
            Environment = new Dictionary<string, string?> { ["EMPTY"] = "", ["SPACED"] = "a b  c", ["LONG"] = new string('x', 100_000) },
        };
        var proof = await Proof.SameAsync(launch);
        Assert.Equal(5, proof.Under.Status);
        Assert.Contains("all on one stack: 1", proof.Under.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_and_environment_may_fill_most_of_what_the_kernel_allows()
    {
        // A quarter of the stack's limit, in strings of less than 128 KiB each.
        string[] many = [.. Enumerable.Range(0, 14).Select(i => new string((char)('a' + i), 100_000))];
        var proof = await Proof.SameAsync(new Launch([await Fixtures.Build("initial"), .. many]) { Stack = 8 * MiB });
        Assert.Equal(15, proof.Under.Status);
        Assert.True(Assert.Single(proof.Summary.Mains).Peak > 1_400_000);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
