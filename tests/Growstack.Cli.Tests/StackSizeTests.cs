// Stacks of another size than the program asks for: --thread-stack, --as, and --explain, which lets them go on.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class StackSizeTests
{
    private const int Exceeded = 122;

    [Theory]
    [InlineData("main", "", 9000, "needs 8.8 MiB, has 8 MiB.")]
    [InlineData("thread", "", 9000, "needs 8.8 MiB, has 8 MiB.")]
    [InlineData("thread", "musl", 200, "needs 204 KiB, has 132 KiB.")]
    public async Task Explain_lets_a_program_go_on_and_says_what_it_needs(string where, string variant, int kib, string verdict)
    {
        var (outcome, summary) = await Under(variant, where, kib, "--explain", "--verify", "--stack", "8M");
        Assert.Equal(Exceeded, outcome.Status);
        Assert.Equal($"{kib}\n", outcome.Output);
        Assert.Contains(verdict, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("Cause: recursion, use", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("\"letThrough\": true", summary.Text, StringComparison.Ordinal);
        Assert.Contains("\"exitStatus\": 3", summary.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("thread")]
    public async Task Explain_says_when_it_looks_endless(string where)
    {
        var (outcome, _) = await Under("", where, 900_000, "--explain=2M", "--stack", "1M");
        Assert.Equal(Exceeded, outcome.Status);
        Assert.Contains("used up its reserve too: it looks endless.", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("SIGSEGV ended the process.", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_leaves_a_program_within_its_limits_alone()
    {
        var (outcome, _) = await Under("", "main", 100, "--explain");
        Assert.Equal(3, outcome.Status);
        Assert.DoesNotContain("limit in", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_keeps_the_limit_that_the_program_sees()
    {
        var outcome = await new Launch(Command.Run(["-q", "--explain", "--stack", "8M"], ["sh", "-c", "ulimit -s"])).RunAsync();
        Assert.Equal(new Outcome(0, "8192\n", ""), outcome);
    }

    [Theory]
    [InlineData("", "128k", 100, 3)]
    [InlineData("", "128k", 200, 139)]
    [InlineData("", "16M", 12000, 3)]
    [InlineData("", "16M", 17000, 139)]
    [InlineData("static", "16M", 12000, 3)]
    [InlineData("musl", "1M", 900, 3)]
    [InlineData("musl", "64k", 100, 139)]
    public async Task Threads_have_the_size_they_are_given(string variant, string size, int kib, int status)
    {
        var (outcome, summary) = await Under(variant, "thread", kib, "--thread-stack", size, "--verify");
        Assert.True(outcome.Status == status, outcome.Errors);
        Assert.True(ByteSize.TryParse(size, out ulong bytes));
        Assert.Equal((long)bytes, Assert.Single(summary.Threads).Limit);
        if (status == 139)
            Assert.Contains("the size that --thread-stack, or --as, gives to threads", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_larger_stack_serves_the_next_thread_too()
    {
        var launch = new Launch(await Fixtures.Build("need"), "thread", "12000", "5");
        var (outcome, summary) = await Proof.UnderAsync(launch, "--thread-stack", "16M", "--verify");
        Assert.True(outcome.Status == 3, outcome.Errors);
        Assert.All(summary.Threads, stack => Assert.InRange(stack.Peak, 12000 << 10, 13000 << 10));
    }

    [Fact]
    public async Task Many_threads_at_once_have_room()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("threads"), "400", "64"), "--explain", "--verify");
        Assert.Equal(400, proof.Summary.Threads.Count());
    }

    [Theory]
    [InlineData("musl", 0, 128)]
    [InlineData("macos", 8192, 512)]
    [InlineData("openbsd", 4096, 512)]
    [InlineData("windows", 1024, 1024)]
    public async Task A_platform_is_its_sizes(string platform, long main, long thread)
    {
        var (_, summary) = await Under("", "thread", 10, "--as", platform);
        Assert.Equal(thread << 10, Assert.Single(summary.Threads).Limit);
        if (main != 0)
            Assert.Equal(main << 10, Assert.Single(summary.Mains).Limit);
    }

    [Fact]
    public async Task An_option_goes_before_the_platform()
    {
        var (_, summary) = await Under("", "thread", 10, "--as", "windows", "--thread-stack", "256k", "--stack", "2M");
        Assert.Equal(256 << 10, Assert.Single(summary.Threads).Limit);
        Assert.Equal(2 << 20, Assert.Single(summary.Mains).Limit);
    }

    private static async Task<(Outcome Outcome, Summary Summary)> Under(string variant, string where, int kib, params string[] options) =>
        await Proof.UnderAsync(new Launch(await Fixtures.Build("need", variant), where, kib.ToString(System.Globalization.CultureInfo.InvariantCulture)), options);
}
