// Without privileges it works; where the kernel forbids tracing it says what forbids it.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class PrivilegeTests
{
    private const int Ptrace = 101;
    private const int ProcessReadMemory = 310;
    private const int ProcessWriteMemory = 311;
    private const int EpollCreate = 291;
    private const int ResourceLimits = 302;
    private const int Seccomp = 317;
    private const int UserFaultFd = 323;

    [Theory]
    [InlineData("/bin/true")]
    [InlineData("/bin/sh", "-c", "id -u; for i in 1 2 3; do /bin/echo $i; done; exit 5")]
    [InlineData("recurse", "7")]
    [InlineData("caught", "main")]
    [InlineData("overflow", "main")]
    [InlineData("threads", "50")]
    [InlineData("spawn")]
    [InlineData("untouched", "read")]
    public async Task An_ordinary_user_needs_nothing(params string[] words)
    {
        string program = words[0].StartsWith('/') ? words[0] : await Fixtures.Build(words[0]);
        string[] user = await OrdinaryUser();
        var native = await new Launch([.. user, program, .. words[1..]]).RunAsync();
        var under = await new Launch([.. user, .. Command.Run(["--quiet"], [program, .. words[1..]])]).RunAsync();
        Assert.Equal(native, under);
        Assert.NotEqual(99, native.Status);
    }

    [Theory]
    [InlineData("userfaultfd", UserFaultFd)]
    [InlineData("process_vm_readv and process_vm_writev", ProcessReadMemory, ProcessWriteMemory)]
    [InlineData("epoll_create1", EpollCreate)]
    [InlineData("prlimit64", ResourceLimits)]
    public async Task Does_without_calls_that_containers_forbid(string what, params int[] calls)
    {
        var native = await new Launch(await Fixtures.Build("recurse"), "7").RunAsync();
        var under = await new Launch([.. await Denied(calls), .. Command.Run(["--quiet"], [await Fixtures.Build("recurse"), "7"])]).RunAsync();
        Assert.True(native == under, $"{what} forbidden: {under.Status}\n{under.Errors}");
    }

    [Theory]
    [InlineData("forbids ptrace", Ptrace)]
    [InlineData("refuses to install a seccomp filter", Seccomp)]
    public async Task Says_what_forbids_tracing(string words, int call)
    {
        var outcome = await new Launch([.. await Denied(call), .. Command.Run([], ["/bin/echo", "started"])]).RunAsync();
        Assert.Equal(125, outcome.Status);
        Assert.Equal("", outcome.Output);
        Assert.Contains(words, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("seccomp", outcome.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Says_that_a_capability_of_a_namespace_raises_no_limit()
    {
        string[] inNamespace = [Machine.Need("prlimit"), "--stack=8388608:67108864", "--", Machine.Need("unshare"), "-Ur"];
        if ((await new Launch([.. inNamespace, "true"]).RunAsync()).Status != 0)
            Assert.Skip("this system allows no user namespaces");
        var outcome = await new Launch([.. inNamespace, .. Command.Run(["--stack", "1G"], ["/bin/echo", "started"])]).RunAsync();
        Assert.Equal(125, outcome.Status);
        Assert.Equal("", outcome.Output);
        Assert.Contains("stack limit", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stacks_grow_where_no_thread_can_be_made_to_hear_of_it()
    {
        if (!Machine.IsRoot)
            Assert.Skip("only root can give a user without processes the right to hear of the kernel's writes");
        Machine.NeedWatchedWrites();
        const string user = "61234";
        string[] asUser = [Machine.Need("setpriv"), "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps", "+sys_ptrace", "--ambient-caps", "+sys_ptrace"];
        if ((await new Launch([.. asUser, "test", "-x", Command.Plain()[0]]).RunAsync()).Status != 0)
            Assert.Skip($"an ordinary user cannot reach {Command.Plain()[0]}");

        // The program is the last that the limit of processes lets start.
        string program = await Fixtures.Build("recurse");
        Outcome outcome;
        int limit = 2;
        do
            outcome = await new Launch([.. asUser, Machine.Need("prlimit"), $"--nproc={limit}", "--", .. Command.Run(["--quiet"], [program, "7"])]).RunAsync();
        while (outcome.Status is 125 or 255 && ++limit < 20);
        Assert.Equal(await new Launch(program, "7").RunAsync(), outcome);
    }

    /// <summary>The setting is a file of the test's own, in a mount namespace of its own; the refusal is a seccomp filter's.</summary>
    [Theory]
    [InlineData(2, "administrators only")]
    [InlineData(3, "switched off")]
    public async Task Says_which_setting_forbids_tracing(int scope, string words)
    {
        if (!Machine.IsRoot)
            Assert.Skip("a mount namespace needs root");
        string setting = $"mount -t tmpfs none /proc/sys/kernel && mkdir /proc/sys/kernel/yama && echo {scope} > /proc/sys/kernel/yama/ptrace_scope && exec \"$@\"";
        string[] asUser = await OrdinaryUser();
        var outcome = await new Launch(
            [Machine.Need("unshare"), "-m", "sh", "-c", setting, "sh", .. asUser, .. await Denied(Ptrace), .. Command.Run([], ["/bin/echo", "started"])]).RunAsync();
        if (outcome.Errors.Contains("mount:", StringComparison.Ordinal) || outcome.Errors.Contains("unshare:", StringComparison.Ordinal))
            Assert.Skip("this system allows no mounts: " + outcome.Errors);
        Assert.Equal(125, outcome.Status);
        Assert.Equal("", outcome.Output);
        Assert.Contains("ptrace_scope is " + scope, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains(words, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_only_its_owner_may_run_is_refused_as_natively()
    {
        string[] user = await OrdinaryUser();
        string hidden = Path.Combine(Fixtures.MakeDirectory("growstack-hidden-"), "program");
        File.Copy("/bin/true", hidden);
        File.SetUnixFileMode(hidden, Machine.IsRoot ? (UnixFileMode)0b111_000_000 : (UnixFileMode)0b110_000_000);
        var outcome = await new Launch([.. user, .. Command.Run([], [hidden])]).RunAsync();
        Assert.Equal(126, outcome.Status);
        Assert.Contains(hidden, outcome.Errors, StringComparison.Ordinal);
    }

    private static async Task<string[]> Denied(params int[] calls) =>
        [await Fixtures.Build("deny"), .. calls.Select(call => call.ToString(System.Globalization.CultureInfo.InvariantCulture)), "--"];

    /// <summary>What starts a program as a user without privileges; nothing when the tests already run as one.</summary>
    private static async Task<string[]> OrdinaryUser()
    {
        if (!Machine.IsRoot)
            return [];
        string[] user = [Machine.Need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"];
        if ((await new Launch([.. user, "test", "-x", Command.Plain()[0]]).RunAsync()).Status != 0)
            Assert.Skip($"an ordinary user cannot reach {Command.Plain()[0]}");
        return user;
    }
}
