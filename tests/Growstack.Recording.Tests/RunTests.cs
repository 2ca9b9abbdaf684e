// How lines become stacks, processes and advice.
namespace Growstack.Recording.Tests;

public sealed class RunTests
{
    private static readonly StartLine Start = new(1, "0.1.0", DateTimeOffset.UnixEpoch, ["./a"], "freebsd12", 131072, 1, 4096, []);

    [Fact]
    public void The_golden_recording_comes_to_this()
    {
        using var file = File.OpenRead(Golden.Path("small.jsonl"));
        var run = RecordedRun.Load(file, "small.jsonl");
        Assert.Equal(2, run.Stacks.Count);
        Assert.Equal((3, 524_288UL, 52L), (run.GrowthCount, run.GrownBytes, run.Duration));
        var (main, helper) = (run.Stacks[0], run.Stacks[1]);
        Assert.Equal(("deep", 1_044_480UL, 1.0), (main.Title, main.Used, main.Share));
        Assert.Equal(("helper", 200_704UL), (helper.Title, helper.Used));
        Assert.Equal(main, run.DeepestStack());
        Assert.Equal(2, main.DeepestChain);
        Assert.Equal([main, helper], run.StacksByRisk());
        Assert.Equal("SIGSEGV", run.Processes[0].Exit?.Signal);
    }

    [Fact]
    public void A_new_name_counts_until_the_thread_ends_and_a_new_thread_with_its_id_is_another()
    {
        var run = Build(
            new ThreadLine(1, 1, 5, "first"),
            Stack(0, tid: 5),
            new ThreadLine(2, 1, 5, "renamed"),
            new PeakLine(3, 0, 5, 4096, 0, 4096),
            new ThreadLine(4, 1, 5, "second"),
            Stack(1, tid: 5));
        Assert.Equal(["renamed", "second"], run.Stacks.Select(s => s.Title));
    }

    [Fact]
    public void Exec_ends_a_program_and_its_stacks()
    {
        var run = Build(
            new ProcessLine(0, 1, 0, ["/bin/sh"], ProcessOrigin.Start),
            Stack(0, tid: 1, kind: StackKind.Main),
            new ProcessLine(9, 1, 0, ["/usr/bin/real", "x"], ProcessOrigin.Exec),
            Stack(1, tid: 1, kind: StackKind.Main));
        Assert.Equal(["sh", "real"], run.Stacks.Select(s => s.Title));
        Assert.Equal(9, run.Stacks[0].EndedAt);
        Assert.Null(run.Stacks[1].EndedAt);
    }

    [Fact]
    public void A_changed_limit_concerns_the_main_stack_or_the_one_that_is_named()
    {
        var run = Build(
            Stack(0, tid: 1, kind: StackKind.Main),
            Stack(1, tid: 2),
            new LimitLine(5, 1, null, LimitedResource.Stack, 1 << 20),
            new LimitLine(6, 1, 1, LimitedResource.Stack, RecordingFormat.Unlimited),
            new LimitLine(7, 1, null, LimitedResource.VirtualMemory, 1));
        Assert.Equal((1UL << 20, RecordingFormat.Unlimited), (run.Stacks[0].Limit, run.Stacks[1].Limit));
        Assert.Equal((8UL << 20) - 4096, run.Stacks[1].Room);
        Assert.Equal([(5, 1UL << 20)], run.Stacks[0].LimitChanges);
    }

    [Fact]
    public void Lines_about_unknown_stacks_are_counted_and_left_out()
    {
        var run = Build(new GrowthLine(1, 42, 1, 0, 4096, 0, null), new PeakLine(1, 42, 1, 1, 1, 1));
        Assert.Equal(2, run.Orphans);
        Assert.Equal(0, run.GrowthCount);
    }

    [Fact]
    public void Stacks_that_are_tight_or_generous_are_pointed_out()
    {
        var run = Build(
            Stack(0, tid: 1, kind: StackKind.Main), new PeakLine(9, 0, 1, 7 << 20, 1, 7 << 20),
            Stack(1, tid: 2), new PeakLine(9, 1, 2, 40 << 10, 0, 128 << 10),
            Stack(2, tid: 3), new PeakLine(9, 2, 3, 90 << 10, 0, 128 << 10));
        var advice = StackAdvice.For(run);
        Assert.Equal([AdviceKind.NearLimit, AdviceKind.Oversized], advice.Select(a => a.Kind));
        Assert.Equal((16UL << 20, 256UL << 10), (advice[0].Suggested, advice[1].Suggested));
        Assert.Equal(2, advice[1].Stacks.Count);
        Assert.Contains("2\u00a0threads of process\u00a01", advice[1].Text.Replace("process 1", "process\u00a01", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_that_was_cut_short_says_what_it_knows()
    {
        var run = SyntheticRun.Load(new SyntheticRun.Shape { Threads = 4, Growths = 40, Cut = true });
        Assert.Null(run.End);
        var stack = run.Stacks.Single(s => s.Overflow is not null);
        Assert.Equal((stack.Mapped, true), (stack.Used, stack.Share >= 1));
    }

    private static StackLine Stack(int id, int tid, StackKind kind = StackKind.Thread) =>
        new(0, id, 1, tid, kind, "", 0x10_0000_0000, 0x10_0000_0000 + (8 << 20), 4096, 128 << 10, 8 << 20, "RLIMIT_STACK");

    private static RecordedRun Build(params object[] lines)
    {
        using var stream = new MemoryStream();
        using (var writer = new RecordingWriter(stream, "test"))
        {
            writer.Write(Start);
            foreach (var line in lines)
            {
                switch (line)
                {
                    case ProcessLine process: writer.Write(process); break;
                    case ThreadLine thread: writer.Write(thread); break;
                    case StackLine stack: writer.Write(stack); break;
                    case GrowthLine growth: writer.Write(growth); break;
                    case LimitLine limit: writer.Write(limit); break;
                    case PeakLine peak: writer.Write(peak); break;
                    default: throw new ArgumentException(line.GetType().Name, nameof(lines));
                }
            }
        }

        return RecordedRun.Load(new MemoryStream(stream.ToArray()), "test");
    }
}
