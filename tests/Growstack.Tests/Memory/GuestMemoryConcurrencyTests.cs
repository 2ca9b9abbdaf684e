// Real threads in one guest's memory: none sees what it may not see, and nothing that was written gets lost.
using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Tests.Memory;

public sealed class GuestMemoryConcurrencyTests
{
    private const ulong Page = VmPage.Size;
    private const ulong At = 0x10_0000;
    private const int Threads = 3;

    private readonly VmSystem _system = new(VmRelease.FreeBsd12);
    private readonly GuestMemory _memory;

    public GuestMemoryConcurrencyTests() => _memory = new GuestMemory(new VmProcess(new VmSpace(_system, Page, 0x1_0000_0000)));

    private static KernReturn Map(GuestMemory memory, ulong at, ulong pages, VmMapFlags flags = VmMapFlags.None) =>
        memory.Map.Fixed(null, 0, at, pages * Page, VmProt.ReadWrite, VmProt.All, flags);

    /// <summary>Runs work in threads beside some other work, which ends it.</summary>
    private static void Beside(int threads, Action<int> step, Action other)
    {
        using var done = new CancellationTokenSource();
        var running = Enumerable.Range(0, threads).Select(id => Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                    step(id);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        try
        {
            other();
        }
        finally
        {
            done.Cancel();
        }
        Task.WaitAll(running);
    }

    [Fact]
    public void Who_asks_for_the_memory_of_a_map_waits_for_its_lock()
    {
        // The lock is held as long as a physical map carries out an insertion.
        var process = new VmProcess(new VmSpace(_system, Page, 0x1_0000_0000));
        var asked = Task.CompletedTask;
        process.Map.Physical = new Busy(() =>
        {
            asked = Task.Run(() => new GuestMemory(process));
            Assert.False(asked.ContinueWith(static _ => { }, TaskScheduler.Default).Wait(TimeSpan.FromMilliseconds(200)));
        });
        Assert.Equal(KernReturn.Success, process.Map.Insert(null, 0, At, At + Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.None));
        Assert.IsType<InvalidOperationException>(Assert.Throws<AggregateException>(asked.Wait).InnerException);
    }

    private sealed class Busy(Action enter) : IPhysicalMap
    {
        public KernReturn Enter(in VmEntry piece)
        {
            enter();
            return KernReturn.Success;
        }

        public void Remove(ulong start, ulong end)
        {
        }

        public void Protect(ulong start, ulong end, VmProt protection)
        {
        }
    }

    [Fact]
    public void A_forked_child_sees_one_moment_of_what_threads_write_and_nothing_they_write_is_lost()
    {
        // Each thread counts in pages of its own, and reads its count back: a write that went to a page the child has by now would be missed here.
        const int Pages = 4;
        Map(_memory, At, Threads * Pages);
        var counts = new ulong[Threads];
        Beside(
            Threads,
            id =>
            {
                var count = ++counts[id];
                for (var page = 0; page < Pages; page++)
                {
                    var at = At + ((ulong)((id * Pages) + page) * Page);
                    Assert.Equal(KernReturn.Success, _memory.Read(at, out ulong before));
                    Assert.Equal(count - 1, before);
                    Assert.Equal(KernReturn.Success, _memory.Write(at, count));
                }
            },
            () =>
            {
                for (var round = 0; round < 300; round++)
                {
                    var child = new GuestMemory(_memory.Process.Fork()!);
                    var first = Picture(child);
                    for (var thread = 0; thread < Threads; thread++)
                    {
                        // Pages are written in order, so later ones may be one behind, and none ahead.
                        var own = first[(thread * Pages)..((thread + 1) * Pages)];
                        Assert.True(own[0] - own[^1] <= 1, string.Join(' ', own));
                    }
                    Thread.Yield();
                    Assert.Equal(first, Picture(child));
                    child.Process.Space.Free();
                }
            });
        _memory.CheckConsistency();

        static ulong[] Picture(GuestMemory memory) => [.. Enumerable.Range(0, Threads * Pages).Select(i =>
        {
            Assert.Equal(KernReturn.Success, memory.Read(At + ((ulong)i * Page), out ulong value));
            return value;
        })];
    }

    [Fact]
    public void What_is_unmapped_and_mapped_again_is_zero_whatever_other_threads_write()
    {
        Map(_memory, At, 1);
        Beside(
            Threads,
            id => _memory.Write(At + (ulong)(id * 8), ulong.MaxValue),
            () =>
            {
                var page = new byte[Page];
                for (var round = 0; round < 2000; round++)
                {
                    _memory.Map.Remove(At, At + Page);
                    Assert.Equal(KernReturn.InvalidAddress, _memory.Read(At, page));
                    Assert.Equal(KernReturn.Success, _memory.Map.Insert(null, 0, At, At + Page, VmProt.Read, VmProt.All, VmMapFlags.None));
                    Assert.Equal(KernReturn.Success, _memory.Read(At, page));
                    Assert.False(page.AsSpan().ContainsAnyExcept((byte)0));
                    _memory.Map.Protect(At, At + Page, VmProt.ReadWrite);
                    Thread.SpinWait(100);
                }
            });
        _memory.CheckConsistency();
    }

    [Fact]
    public void After_protect_has_returned_nothing_changes_any_more()
    {
        Map(_memory, At, 1);
        ulong value = 0;
        Beside(
            Threads,
            _ => _memory.Write(At, Interlocked.Increment(ref value)),
            () =>
            {
                for (var round = 0; round < 2000; round++)
                {
                    _memory.Map.Protect(At, At + Page, VmProt.Read);
                    _memory.Read(At, out ulong before);
                    Thread.SpinWait(200);
                    _memory.Read(At, out ulong after);
                    Assert.Equal(before, after);
                    _memory.Map.Protect(At, At + Page, VmProt.ReadWrite);
                }
            });
    }

    [Fact]
    public void Threads_that_touch_the_same_new_pages_find_the_same_ones()
    {
        const ulong Pages = 512;
        for (var round = 0; round < 20; round++)
        {
            Map(_memory, At, Pages);
            Parallel.For(0, Threads, id =>
            {
                for (var i = 0ul; i < Pages; i++)
                    Assert.Equal(KernReturn.Success, _memory.Write(At + (i * Page) + (ulong)(id * 8), (ulong)id + 1));
            });
            for (var i = 0ul; i < Pages * Threads; i++)
            {
                Assert.Equal(KernReturn.Success, _memory.Read(At + (i / Threads * Page) + (i % Threads * 8), out ulong value));
                Assert.Equal((i % Threads) + 1, value);
            }
            Assert.Equal(Pages, _system.ResidentPages);
        }
    }

    [Fact]
    public void Compare_and_exchange_counts_right_in_shared_memory_of_two_processes_that_fork_meanwhile()
    {
        Map(_memory, At, 1, VmMapFlags.InheritShare);
        var sharers = new[] { _memory, new GuestMemory(_memory.Process.Fork()!) };
        const int Rounds = 20_000;
        Beside(1, _ => new GuestMemory(_memory.Process.Fork()!).Process.Space.Free(), () => Parallel.For(0, Threads, id =>
        {
            var memory = sharers[id % 2];
            for (var round = 0; round < Rounds; round++)
            {
                memory.Read(At, out long seen);
                while (memory.CompareExchange(At, seen + 1, seen, out var found) == KernReturn.Success && found != seen)
                    seen = found;
            }
        }));
        Assert.Equal(KernReturn.Success, _memory.Read(At, out long count));
        Assert.Equal(Threads * Rounds, count);
    }

    [Fact]
    public async Task A_pager_may_take_its_time_while_the_map_changes()
    {
        var pager = new SlowPager();
        var obj = new VmObject(VmObjectKind.Vnode, 16, 1) { Pager = pager };
        Assert.Equal(KernReturn.Success, _memory.Map.Insert(obj, 0, At, At + Page, VmProt.Read, VmProt.All, VmMapFlags.InheritShare));
        var reading = Task.Run(() => (_memory.Read(At, out ulong value), value), TestContext.Current.CancellationToken);
        pager.Asked.Wait(TestContext.Current.CancellationToken);
        // The map is not locked: it can be changed, and the access that waits follows it.
        _memory.Map.Fixed(null, 0, At, Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
        _memory.Write(At, 17ul);
        pager.Go.Set();
        Assert.Equal((KernReturn.Success, 17ul), await reading);
        Assert.Equal(1, obj.References);
    }

    [Fact]
    public void Nothing_that_is_written_to_a_file_beside_msync_gets_lost()
    {
        const ulong Pages = 4;
        var file = new Disk(Pages);
        var obj = new VmObject(VmObjectKind.Vnode, Pages, 1) { Pager = file };
        GuestMemory[] memories = [_memory, new(new VmProcess(new VmSpace(_system, Page, 0x1_0000_0000)))];
        foreach (var memory in memories)
            Assert.Equal(KernReturn.Success, memory.Map.Fixed(obj, 0, At, Pages * Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.InheritShare));
        for (var round = 0; round < 20; round++)
        {
            Beside(
                Threads,
                id =>
                {
                    for (var page = 0ul; page < Pages; page++)
                    {
                        var at = At + (page * Page) + ((ulong)id * 8);
                        Assert.Equal(KernReturn.Success, memories[id % 2].Read(at, out ulong count));
                        Assert.Equal(KernReturn.Success, memories[id % 2].Write(at, count + 1));
                    }
                },
                () =>
                {
                    for (var i = 0; i < 50; i++)
                        Assert.Equal(KernReturn.Success, memories[i % 2].Sync(At, At + (Pages * Page)));
                });
            Assert.Equal(KernReturn.Success, _memory.Sync(At, At + (Pages * Page)));
            var bytes = new byte[Pages * Page];
            Assert.Equal(KernReturn.Success, _memory.Read(At, bytes));
            Assert.Equal(bytes, file.Contents);
        }
    }

    private sealed class Disk(ulong pages) : IVmPager
    {
        internal byte[] Contents { get; } = new byte[pages * Page];

        public bool GetPage(ulong index, Span<byte> page)
        {
            Contents.AsSpan((int)(index * Page), (int)Page).CopyTo(page);
            return true;
        }

        public bool PutPage(ulong index, ReadOnlySpan<byte> page)
        {
            page.CopyTo(Contents.AsSpan((int)(index * Page)));
            return true;
        }
    }

    private sealed class SlowPager : IVmPager
    {
        internal ManualResetEventSlim Asked { get; } = new();

        internal ManualResetEventSlim Go { get; } = new();

        public bool GetPage(ulong index, Span<byte> page)
        {
            Asked.Set();
            Go.Wait();
            page.Fill(1);
            return true;
        }
    }
}
