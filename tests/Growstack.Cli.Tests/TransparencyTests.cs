// A program cannot tell, but by its speed, that it runs under growstack: the C programs look for every difference they could see.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class TransparencyTests
{
    [Theory]
    [InlineData("blocked", "main")]
    [InlineData("blocked", "thread")]
    [InlineData("allblocked", "main")]
    [InlineData("allblocked", "thread")]
    [InlineData("blockedhandled", "main")]
    [InlineData("blockedhandled", "thread")]
    [InlineData("ignored", "main")]
    [InlineData("ignored", "thread")]
    [InlineData("handled", "main")]
    [InlineData("handled", "thread")]
    [InlineData("default", "main")]
    [InlineData("default", "thread")]
    public async Task A_stack_grows_whatever_is_done_with_SIGSEGV(string state, string where)
    {
        if (state == "blocked")
            Machine.NeedWatchedWrites();
        var proof = await SameAsync("segvstate", state, where);
        Assert.Equal(0, proof.Under.Status);
        Assert.True(proof.Summary.Stacks.Max(stack => stack.Growths) > 0);
    }

    [Theory]
    [InlineData("main", "here")]
    [InlineData("main", "alternate")]
    [InlineData("thread", "here")]
    [InlineData("thread", "alternate")]
    public async Task Signals_arrive_at_any_depth(string where, string stack)
    {
        var proof = await SameAsync("deepsignal", where, stack);
        Assert.Equal("all rounds right: yes, signals arrived: yes\n", proof.Under.Output);
        Assert.True(proof.Summary.Growths > 0);
    }

    [Theory]
    [InlineData("leaves", "main", "0")]
    [InlineData("leaves", "main", "16")]
    [InlineData("leaves", "main", "32")]
    [InlineData("leaves", "main", "48")]
    [InlineData("leaves", "thread", "0")]
    [InlineData("leaves", "thread", "16")]
    [InlineData("leaves", "thread", "32")]
    [InlineData("leaves", "thread", "48")]
    [InlineData("wide", "main")]
    [InlineData("wide", "thread")]
    [InlineData("read", "main")]
    [InlineData("getcwd", "main")]
    [InlineData("clock", "main")]
    [InlineData("inline", "main")]
    [InlineData("readv", "main")]
    [InlineData("read", "thread")]
    [InlineData("getcwd", "thread")]
    [InlineData("clock", "thread")]
    [InlineData("inline", "thread")]
    [InlineData("readv", "thread")]
    public async Task The_kernel_writes_into_stack_memory_that_was_never_touched(string call, string where, string shift = "0")
    {
        if (call is "leaves" or "wide")
            Machine.NeedWatchedWrites();
        var proof = await SameAsync("untouched", call, where, shift);
        Assert.Equal(0, proof.Under.Status);
        Assert.True(proof.Summary.Stacks.Max(stack => stack.Peak) > 2 << 20);
    }

    [Theory]
    [InlineData("deeper", "main")]
    [InlineData("deeper", "thread")]
    [InlineData("actions", "main")]
    [InlineData("actions", "thread")]
    [InlineData("large", "main")]
    [InlineData("large", "thread")]
    [InlineData("fork", "main")]
    [InlineData("fork", "thread")]
    [InlineData("exact", "main")]
    public async Task The_kernel_is_the_first_to_write_below_a_stack(string what, string where)
    {
        Machine.NeedWatchedWrites();
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("kernelfirst"), what, where) { Stack = 8 << 20 });
        Assert.Equal(what == "exact" ? 128 + 11 : 0, proof.Under.Status);
        Assert.True(proof.Summary.Growths > 0);
    }

    [Fact]
    public Task Other_faults_are_told_as_natively() => SameAsync("faults");

    [Fact]
    public Task Interrupted_system_calls_are_restarted_as_natively() => SameAsync("restarts");

    [Fact]
    public async Task Stacks_are_described_by_pthread_getattr_np() => await Proof.SameAsync(new Launch(await Fixtures.Build("getattr")) { Stack = 8 << 20 });

    [Fact]
    public Task Stacks_are_described_by_proc_self_maps() => SameAsync("maps");

    [Fact]
    public async Task Limits_change_while_the_program_runs()
    {
        Proof.NeedStack(24 << 20);
        if (Machine.HardStack < 24 << 20)
            Assert.Skip("the hard limit of the stack is too low here to be raised by a program");
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("limits")) { Stack = 8 << 20 });
        Assert.Contains("22 MB itself: done", proof.Under.Output, StringComparison.Ordinal);
    }

    [Fact]
    public Task Mappings_made_with_MAP_GROWSDOWN_grow() => SameAsync("growsdown");

    [Fact]
    public Task Wishes_for_an_address_are_granted_where_it_is_free() => SameAsync("wishes");

    [Fact]
    public Task Mappings_move_by_mremap() => SameAsync("remap");

    [Fact]
    public Task Shared_memory_is_attached_and_detached() => SameAsync("shared");

    [Theory]
    [InlineData("map")]
    [InlineData("stack")]
    public async Task Memory_that_only_the_kernel_may_place_is_mapped(string what)
    {
        if (what == "stack")
            Machine.NeedWatchedWrites();
        var proof = await SameAsync("uring", what);
        if (proof.Native.Output.StartsWith("none", StringComparison.Ordinal))
            Assert.Skip("this system has no io_uring");
        Assert.Contains("ring: mapped\nentries: mapped\n", proof.Under.Output, StringComparison.Ordinal);
    }

    [Fact]
    public Task The_break_moves() => SameAsync("breaks");

    [Fact]
    public async Task Memory_is_locked_while_the_stack_grows()
    {
        var proof = await SameAsync("locked");
        Assert.Contains("munlockall: 0, locked 0 kB", proof.Under.Output, StringComparison.Ordinal);
    }

    [Fact]
    public Task Memory_is_locked_within_a_limit() => SameAsync("locked", "64");

    [Fact]
    public Task Children_are_made_in_every_way() => SameAsync("spawn");

    [Fact]
    public Task Threads_and_processes_are_made_by_clone_itself() => SameAsync("clones");

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("50")]
    public async Task A_thread_that_is_not_the_first_calls_exec(string others)
    {
        var proof = await SameAsync("threadexec", others);
        Assert.Equal(17, proof.Under.Status);
    }

    [Theory]
    [InlineData("300", "exit")]
    [InlineData("300", "return")]
    [InlineData("300", "kill")]
    [InlineData("1", "exit")]
    public Task The_program_ends_with_its_threads_at_work(string threads, string how) => SameAsync("exitthreads", threads, how);

    [Theory]
    [InlineData("null")]
    [InlineData("abort")]
    [InlineData("kill")]
    [InlineData("illegal")]
    [InlineData("float")]
    [InlineData("bus")]
    [InlineData("trap")]
    [InlineData("term")]
    public async Task The_program_dies_by_a_signal(string how)
    {
        await SameAsync("dying", how, "main");
        await SameAsync("dying", how, "thread");
    }

    [Fact]
    public Task Children_stop_and_continue() => SameAsync("jobcontrol");

    [Fact]
    public Task Threads_map_and_unmap_at_the_same_time() => SameAsync("churn", "8", "400");

    [Fact]
    public Task Coroutines_run_on_stacks_of_their_own() => SameAsync("contexts");

    [Theory]
    [InlineData("3", "4")]
    [InlineData("8", "1")]
    public async Task A_tree_of_processes(string depth, string fanout)
    {
        var proof = await SameAsync("forktree", depth, fanout);
        Assert.True(proof.Summary.Mains.Count() >= 9);
    }

    [Fact]
    public async Task A_32_bit_program_runs_with_its_stack_unmanaged()
    {
        string program = await Fixtures.Build("recurse", "m32");
        Machine.NeedToRun(program);
        var launch = new Launch(program, "7");
        await Proof.SameAsync(launch);
        var (outcome, _) = await Proof.UnderAsync(launch);
        Assert.Contains("not managed", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setuid_program_runs_without_its_privilege()
    {
        if (!Machine.IsRoot)
            Assert.Skip("only root can make a setuid program for another user");
        string program = Path.Combine(Fixtures.MakeDirectory("growstack-setuid-"), "setid");
        File.Copy(await Fixtures.Build("setid"), program);
        File.SetUnixFileMode(program, UnixFileMode.SetUser | (UnixFileMode)0b111_101_101);
        string[] user = [Machine.Need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"];
        if ((await new Launch([.. user, "test", "-x", Command.Plain()[0]]).RunAsync()).Status != 0)
            Assert.Skip("an ordinary user cannot reach growstack here");
        var outcome = await new Launch([.. user, .. Command.Run(["--quiet"], [program])]).RunAsync();
        Assert.Equal(new Outcome(0, "deep 1, effective user is real user: 1\n", ""), outcome);
    }

    [Fact]
    public async Task A_program_that_traces_is_answered_EPERM_and_the_user_told_why()
    {
        Assert.Equal("traced child: stopped by 19\nthen: exit 0\n", (await new Launch(await Fixtures.Build("traces")).RunAsync()).Output);
        var (outcome, _) = await Proof.UnderAsync(new Launch(await Fixtures.Build("traces")));
        Assert.Equal("traced child: exit 1\n", outcome.Output);
        Assert.Equal(1, outcome.Status);
        Assert.Contains("ptrace", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_of_the_programs_own_below_its_main_stack_comes_and_goes()
    {
        var proof = await SameAsync("ownguard");
        Assert.Equal("refused, mapped, gone\n", proof.Under.Output);
    }

    [Fact]
    public async Task A_main_stack_grows_where_something_was_mapped_before()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("hole")) { Stack = 8 << 20 });
        Assert.Equal("above both: 1\nabove one: 1\nabove none: 1\n", proof.Under.Output);
    }

    [Fact]
    public async Task A_child_that_is_not_to_be_traced_works_all_the_same()
    {
        var proof = await SameAsync("untraced");
        Assert.Equal("untraced child: exit 7\n", proof.Under.Output);
        Assert.Equal(2, proof.Summary.Mains.Count());
    }

    private static async Task<Proof> SameAsync(string program, params string[] arguments) =>
        await Proof.SameAsync(new Launch([await Fixtures.Build(program), .. arguments]));
}
