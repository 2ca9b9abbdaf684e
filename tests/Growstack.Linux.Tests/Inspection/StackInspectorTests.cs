// Inspection compared with programs that know their own stacks.
using Growstack.Linux.Inspection;
using Growstack.Linux.Native;
using Growstack.Linux.Tests.Fixtures;

namespace Growstack.Linux.Tests.Inspection;

public sealed class StackInspectorTests
{
    private const ulong Page = 4096;

    [Theory]
    [InlineData("gcc", "-O1 -pthread")]
    [InlineData("gcc", "-O1 -pthread -static")]
    [InlineData("musl-gcc", "-O1 -pthread -static")]
    public void Every_thread_of_a_program_that_knows_its_stacks_agrees_to_the_page(string compiler, string flags)
    {
        using var program = CProgram.Start(CProgram.Build("stacks.c", flags, compiler));
        var truth = StackTruth.Parse(program.Lines);

        var answer = InspectAtRest(program.Id);

        Assert.Empty(answer.Unreadable);
        Assert.Equal(truth.Count, answer.Threads.Count);
        foreach (var (tid, expected) in truth)
        {
            var stack = Assert.Single(answer.Threads, t => t.ThreadId == tid);
            Assert.Equal(StackCertainty.Recorded, stack.Certainty);
            Assert.Equal(TouchedSource.PageMap, stack.TouchedSource);
            Assert.Equal(expected.Deepest & ~(Page - 1), stack.DeepestPage);
            if (expected.IsMain)
            {
                Assert.Equal(StackOrigin.Main, stack.Origin);
                Assert.Equal(expected.Limit, stack.Limit);
                Assert.Equal(expected.Limit, answer.StackLimit);
                Assert.Equal(StackGuardKind.GrowthGap, stack.Guard.Kind);
                continue;
            }

            Assert.Equal(expected.Name, stack.Name);
            Assert.Equal(StackOrigin.Pthread, stack.Origin);
            Assert.Equal(expected.Start, stack.Start - (expected.Name == "inner" ? 4 * Page : 0));
            Assert.Equal((expected.End + Page - 1) & ~(Page - 1), stack.End);
            Assert.Equal(expected.StackPointer, stack.StackPointer);
            Assert.Equal(stack.End - expected.StackPointer, stack.CurrentDepth);
            Assert.Equal(stack.DeepestPage - stack.Start, stack.Headroom);
        }
    }

    [Fact]
    public void The_guard_of_each_stack_is_recognised()
    {
        using var program = CProgram.Start(CProgram.Build("stacks.c", "-O1 -pthread"));

        var stacks = StackInspector.Inspect(program.Id).Threads.ToDictionary(t => t.Name);

        Assert.Equal(new StackGuard(StackGuardKind.Protected, Page), stacks["small"].Guard);
        Assert.Equal(new StackGuard(StackGuardKind.Protected, 16 * Page), stacks["bigguard"].Guard);
        Assert.Equal(new StackGuard(StackGuardKind.None, 0), stacks["high"].Guard);
        if (stacks.TryGetValue("inner", out var inner))
            Assert.Equal(new StackGuard(StackGuardKind.GuardPages, 4 * Page), inner.Guard);
    }

    [Fact]
    public void The_riskiest_stack_comes_first_and_is_advised()
    {
        using var program = CProgram.Start(CProgram.Build("stacks.c", "-O1 -pthread"));

        var answer = StackInspector.Inspect(program.Id);

        Assert.Equal("deep", answer.Threads[0].Name);
        Assert.Equal(StackRisk.High, answer.Threads[0].Risk);
        Assert.Equal(answer.Threads.OrderByDescending(t => t.UsedFraction).Select(t => t.ThreadId), answer.Threads.Select(t => t.ThreadId));
        var close = Assert.Single(answer.Advice, a => a.Kind == StackAdviceKind.CloseToLimit);
        Assert.Equal([answer.Threads[0].ThreadId], close.ThreadIds);
        Assert.Equal(2UL << 20, close.SuggestedSize);
        var oversized = Assert.Single(answer.Advice, a => a.Kind == StackAdviceKind.Oversized);
        Assert.Equal(8UL << 20, oversized.AddressSpace);
        Assert.Contains(answer.Advice, a => a.Kind == StackAdviceKind.NoGuard);
    }

    [Fact]
    public void A_process_that_does_not_exist_is_reported_not_thrown()
    {
        var answer = StackInspector.Inspect(int.MaxValue);

        Assert.Empty(answer.Threads);
        var reason = Assert.Single(answer.Unreadable);
        Assert.Equal((StackFact.Existence, UnreadableCause.Vanished), (reason.Fact, reason.Cause));
    }

    [Fact]
    public void A_kernel_thread_has_no_address_space()
    {
        if (!File.Exists("/proc/2/comm") || File.ReadAllText("/proc/2/comm").Trim() != "kthreadd")
            Assert.Skip("kernel threads are not visible here");

        Assert.Contains(StackInspector.Inspect(2).Unreadable, u => u.Cause is UnreadableCause.NoAddressSpace or UnreadableCause.OtherUser);
    }

    [Fact]
    public void This_process_can_be_inspected_by_itself()
    {
        var answer = StackInspector.Inspect(Environment.ProcessId);

        Assert.True(answer.Runtime.HasFlag(ProcessRuntime.DotNet | ProcessRuntime.Glibc) || Fixture.FindTool("apk") is not null);
        Assert.All(answer.Threads.Where(t => t.Certainty == StackCertainty.Recorded), t => Assert.True(t.Start < t.End && t.HighWater <= t.Size));
    }

    [Fact]
    public void Processes_are_found_by_name()
    {
        using var program = CProgram.Start(CProgram.Build("stacks.c", "-O1 -pthread"));

        Assert.Contains(program.Id, StackInspector.FindProcesses("stacks"));
        Assert.Contains(program.Id, StackInspector.ListProcesses());
        Assert.DoesNotContain(Environment.ProcessId, StackInspector.ListProcesses());
        Assert.Empty(StackInspector.FindProcesses("no such program"));
    }

    [Fact]
    public async Task Processes_and_threads_may_vanish_while_they_are_inspected()
    {
        var program = CProgram.Build("churn.c", "-O1 -pthread");
        using var running = CProgram.Start(program);
        for (var i = 0; i < 200; i++)
            Assert.NotEmpty(StackInspector.Inspect(running.Id).Threads);

        var inspecting = Task.Run(
            () =>
            {
                ProcessStacks answer;
                do
                    answer = StackInspector.Inspect(running.Id);
                while (answer.Threads.Count > 0);
                return answer;
            },
            TestContext.Current.CancellationToken);
        running.Process.Kill();
        await running.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty((await inspecting).Unreadable);
    }

    [Theory]
    [InlineData("/usr/bin/python3", "-c", "import threading,time\nfor i in range(4): threading.Thread(target=time.sleep,args=(60,),daemon=True).start()\nprint('ready',flush=True)\ntime.sleep(60)")]
    [InlineData("/usr/bin/perl", "-e", "$| = 1; print \"ready\\n\"; sleep 60")]
    public void Interpreters_can_be_inspected(string program, params string[] arguments)
    {
        if (!File.Exists(program))
            Assert.Skip($"{program} is not installed");
        using var running = CProgram.Start(program, arguments);

        var answer = StackInspector.Inspect(running.Id);

        Assert.NotEmpty(answer.Threads);
        Assert.All(answer.Threads, t => Assert.Equal(StackCertainty.Recorded, t.Certainty));
        Assert.All(answer.Threads, t => Assert.True(t.HighWater > 0));
    }

    [Fact]
    public void Hundreds_of_Java_threads_show_their_zones_while_they_run()
    {
        const int Count = 300;
        var java = Fixture.RequireTool("java");
        using var running = CProgram.Start(java, "-Xint", CProgram.SourceOf("Threads.java"), $"{Count}");
        Assert.SkipWhen(running.Process.HasExited, "this Java does not compile");

        var answer = StackInspector.Inspect(running.Id);

        Assert.True(answer.Runtime.HasFlag(ProcessRuntime.Java));
        var resting = answer.Threads.Where(t => t.Name.StartsWith("resting-", StringComparison.Ordinal)).ToList();
        Assert.Equal(Count, resting.Count);
        Assert.All(resting, t => Assert.Equal((StackOrigin.Java, StackGuardKind.JavaZones, StackCertainty.Recorded), (t.Origin, t.Guard.Kind, t.Certainty)));
        Assert.All(resting, t => Assert.Equal(512UL << 10, t.Size + t.Guard.Size));
        Assert.True(resting.Single(t => t.Name == "resting-0").HighWater > 2 * resting.Single(t => t.Name == "resting-1").HighWater);
        Assert.False(running.Process.HasExited);
    }

    [Fact]
    public void A_live_tree_of_processes_can_be_inspected_one_by_one()
    {
        using var shell = CProgram.Start("sh", "-c", "sleep 600 & sleep 601 & echo ready; wait");

        var sleepers = StackInspector.ListProcesses().Where(pid => ParentOf(pid) == shell.Id).Select(StackInspector.Inspect).ToList();

        Assert.Equal(2, sleepers.Count);
        Assert.All(sleepers, s => Assert.Equal(StackOrigin.Main, Assert.Single(s.Threads).Origin));
        foreach (var sleeper in sleepers)
            _ = Libc.Kill(sleeper.ProcessId, 9);
    }

    private static int ParentOf(int pid) => (int)ThreadProbes.StatField(new ProcFs(), pid, pid, 4);

    /// <summary>Inspects a program once all of its threads wait.</summary>
    private static ProcessStacks InspectAtRest(int pid)
    {
        ProcessStacks answer;
        do
            answer = StackInspector.Inspect(pid);
        while (answer.Unreadable.Any(u => u.Cause == UnreadableCause.Running));
        return answer;
    }
}
