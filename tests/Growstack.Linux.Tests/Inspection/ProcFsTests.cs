// Inspection of a directory laid out like /proc: cases that cannot be had from the running kernel.
using System.Globalization;
using Growstack.Linux.Inspection;

namespace Growstack.Linux.Tests.Inspection;

public sealed class ProcFsTests : IDisposable
{
    private const int Pid = 4242;

    private readonly string _root = Directory.CreateTempSubdirectory("growstack-proc-").FullName;

    public ProcFsTests()
    {
        Write("status", "Name:\tprog\nNSpid:\t4242\nUid:\t1\t1\t1\t1\n");
        Write("comm", "prog\n");
        Write("limits", "Max stack size            1048576              unlimited            bytes     \n");
        Write($"task/{Pid}/comm", "prog\n");
        Write($"task/{Pid}/syscall", "34 0x0 0x0 0x0 0x0 0x0 0x0 0x7ffc00020100 0x7f0000001000\n");
        Write($"task/{Pid}/maps", """
            7ffb00000000-7ffbfff20000 rw-p 00000000 00:00 0
            7ffc00010000-7ffc00030000 rw-p 00000000 00:00 0                          [stack]
            """);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_a_page_map_the_depth_is_estimated_from_the_resident_size_and_says_so()
    {
        Write($"task/{Pid}/smaps", "7ffc00010000-7ffc00030000 rw-p 00000000 00:00 0                          [stack]\nRss:                  80 kB\nSwap:                  4 kB\nAnonHugePages:         0 kB\n");

        var answer = Inspect();

        var stack = Assert.Single(answer.Threads);
        Assert.Equal(TouchedSource.ResidentSize, stack.TouchedSource);
        Assert.Equal(84UL << 10, stack.HighWater);
        Assert.Equal(0x7ffc00030000UL - 0x7ffc00020100, stack.CurrentDepth);
        Assert.Contains(answer.Unreadable, u => u.Fact == StackFact.TouchedPages);
        Assert.Contains(stack.Notes, n => n.Contains("estimated", StringComparison.Ordinal));
    }

    [Fact]
    public void Swapped_pages_count_as_touched()
    {
        const ulong Touched = 0x7ffc00018000;
        WritePages((Touched, 1UL << 62), (0x7ffc0002f000, 1UL << 63));

        var stack = Assert.Single(Inspect().Threads);

        Assert.Equal(Touched, stack.DeepestPage);
        Assert.Equal(8192UL, stack.Resident);
    }

    [Fact]
    public void A_mapping_near_the_stack_leaves_it_less_room_than_its_limit()
    {
        WritePages((0x7ffc0002f000, 1UL << 63));

        var stack = Assert.Single(Inspect().Threads);

        // The limit alone would let it grow to ...bff30000; the gap of 1 MiB above its neighbour ends at ...c0020000, past what is mapped.
        Assert.Equal(0x7ffc00010000UL, stack.Start);
        Assert.Contains(stack.Notes, n => n.Contains("less room", StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_that_ended_meanwhile_is_an_answer()
    {
        Directory.Delete(Path.Combine(_root, Pid.ToString(CultureInfo.InvariantCulture), "task"), recursive: true);

        var answer = Inspect();

        Assert.Empty(answer.Threads);
        Assert.Contains(answer.Unreadable, u => u.Cause == UnreadableCause.Vanished);
    }

    [Fact]
    public void A_thread_name_with_parentheses_does_not_upset_the_stat_file()
    {
        Write($"task/{Pid}/stat", "4242 (a) R (b) S " + string.Join(' ', Enumerable.Range(4, 40)));

        Assert.Equal(28UL, ThreadProbes.StatField(new ProcFs(_root), Pid, Pid, 28));
    }

    private ProcessStacks Inspect() => new ProcessInspection(new ProcFs(_root), Pid).Run();

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, Pid.ToString(CultureInfo.InvariantCulture), file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    // The page map has a word for every page of the address space: the file is sparse.
    private void WritePages(params (ulong Address, ulong Word)[] pages)
    {
        using var file = File.Create(Path.Combine(_root, Pid.ToString(CultureInfo.InvariantCulture), "task", Pid.ToString(CultureInfo.InvariantCulture), "pagemap"));
        foreach (var (address, word) in pages)
        {
            file.Position = (long)(address / 4096 * 8);
            file.Write(BitConverter.GetBytes(word));
        }
    }
}
