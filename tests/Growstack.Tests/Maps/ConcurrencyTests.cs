// Real threads on one map: readers and growers against mappers. Whatever they saw must have been true at some moment, and the end must be as a plain model says.
using System.Collections.Concurrent;

using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Tests.Maps;

public sealed class ConcurrencyTests
{
    private const ulong Page = VmPage.Size;
    private const ulong Min = 0x1000;
    private const ulong Max = 0x7fff_ffff_f000;

    /// <summary>Variants of a mapping: size, offset, object and protection all follow from the number, so that a torn entry shows.</summary>
    private sealed class Variants
    {
        internal const int Count = 7;
        private readonly VmObject[] _objects = [.. Enumerable.Range(0, Count).Select(static i => new VmObject(VmObjectKind.Vnode, 1000, (ulong)i + 1))];

        internal KernReturn Map(VmMap map, ulong at, int variant) =>
            map.Fixed(_objects[variant], (ulong)variant * 16 * Page, at, ((ulong)variant + 1) * Page, Protection(variant), VmProt.All, VmMapFlags.None);

        internal void Verify(in VmEntry entry, ulong slot, ulong address)
        {
            var variant = (int)(entry.Size / Page) - 1;
            Assert.True(entry.Contains(address));
            Assert.Equal(slot, entry.Start);
            Assert.Equal((ulong)variant * 16 * Page, entry.Offset);
            Assert.Same(_objects[variant], entry.Object);
            Assert.Equal(Protection(variant), entry.Protection);
        }

        internal static void Verify(in VmRange range, ulong slot, ulong address)
        {
            Assert.True(address >= range.Start && address < range.End);
            Assert.Equal(slot, range.Start);
            Assert.Equal(Protection((int)((range.End - range.Start) / Page) - 1), range.Protection);
        }

        private static VmProt Protection(int variant) => (VmProt)(variant & 7);
    }

    private static ulong Slot(int i) => 0x100000 + ((ulong)i * 16 * Page);

    [Theory]
    [InlineData(20, 6000)]
    [InlineData(3000, 12000)]
    public void Readers_see_whole_entries_and_never_the_middle_of_an_operation(int slots, int operations)
    {
        var map = new VmMap(new VmSystem(VmRelease.FreeBsd12), Min, Max);
        var variants = new Variants();
        // Even places are replaced in one operation each, and so are mapped at every moment; odd ones come and go.
        var model = new int[slots];
        for (var i = 0; i < slots; i++)
            Assert.Equal(KernReturn.Success, variants.Map(map, Slot(i), model[i] = i % Variants.Count));

        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Start(() => ReadUntil(done.Token, new Random(seed)))).ToArray();
        var random = new Random(7);
        for (var i = 0; i < operations; i++)
        {
            var place = random.Next(slots);
            if (place % 2 == 1 && random.Next(2) == 0)
            {
                map.Remove(Slot(place), Slot(place + 1));
                model[place] = -1;
            }
            else
            {
                // A larger variant is cut away first, in an operation of its own that leaves the first page.
                var variant = random.Next(Variants.Count);
                if (place % 2 == 1)
                    map.Remove(Slot(place), Slot(place + 1));
                else if (variant < model[place])
                    variant = model[place];
                Assert.Equal(KernReturn.Success, variants.Map(map, Slot(place), model[place] = variant));
            }
        }
        done.Cancel();
        Join(readers);

        map.CheckConsistency();
        Assert.Equal(model.Where(static v => v >= 0).Count(), map.EntryCount);
        for (var i = 0; i < slots; i++)
        {
            Assert.Equal(model[i] >= 0, map.TryLookup(Slot(i), out var entry));
            if (model[i] >= 0)
                Assert.Equal(((ulong)model[i] + 1) * Page, entry.Size);
        }

        void ReadUntil(CancellationToken stop, Random random)
        {
            // The last round is read when the map is at rest.
            for (var last = false; !last;)
            {
                last = stop.IsCancellationRequested;
                for (var i = 0; i < 500; i++)
                {
                    var place = random.Next(slots);
                    var address = Slot(place) + (ulong)random.Next((int)Page);
                    if (map.TryLookup(address, out var entry))
                        variants.Verify(entry, Slot(place), address);
                    else
                        Assert.Equal(1, place % 2);
                    if (map.TryLookupRange(address, out var range))
                        Variants.Verify(range, Slot(place), address);
                    else
                        Assert.Equal(1, place % 2);
                    if (map.LookupEntry(Slot(place) + (15 * Page), out var below) || below is not { } found)
                        Assert.Fail("The last page of a place is never mapped, and something always lies below.");
                    else
                        Assert.True(found.End <= Slot(place) + (15 * Page));
                }
            }
        }
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Threads_that_fault_in_the_same_room_grow_it_once(VmRelease release)
    {
        const ulong Size = 1 << 20;
        var system = new VmSystem(release) { StackGrowthSize = 16 * Page };
        var map = new VmMap(system, Min, Max);
        var process = Process(map);
        var before = map.Size;
        using var barrier = new Barrier(2);
        for (var round = 0; round < 50; round++)
        {
            var bottom = 0x1000_0000 + ((ulong)round * 2 * Size);
            Assert.Equal(KernReturn.Success, process.MapStack(bottom, Size, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown));
            var entries = map.EntryCount;
            var address = bottom + Size - (16 * Page) - 1;
            Join([.. Enumerable.Range(0, 2).Select(_ => Start(() =>
            {
                barrier.SignalAndWait();
                Assert.Equal(KernReturn.Success, process.Fault(address, VmProt.Write, out var result));
                Assert.True(result.Entry.Contains(address));
            }))]);
            Assert.Equal(before + ((ulong)(round + 1) * 32 * Page), map.Size);
            Assert.Equal(entries + 1, map.EntryCount);
            map.CheckConsistency();
        }
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Growers_mappers_and_readers_share_a_map(VmRelease release)
    {
        const int Stacks = 8;
        const ulong StackSize = 256 * Page;
        var system = new VmSystem(release) { StackGrowthSize = Page };
        var map = new VmMap(system, Min, Max);
        var process = Process(map);
        static ulong Bottom(int i) => 0x7000_0000_0000 + ((ulong)i * 2 * StackSize);
        for (var i = 0; i < Stacks; i++)
            Assert.Equal(KernReturn.Success, process.MapStack(Bottom(i), StackSize, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown));

        var deepest = new ConcurrentDictionary<int, int>();
        var mapped = new ConcurrentDictionary<ulong, ulong>();
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(seed => Start(() => WatchStacks(new Random(seed)))).ToArray();
        Join([.. Enumerable.Range(0, 2).Select(t => Start(() => Grow(new Random(t)))), .. Enumerable.Range(0, 2).Select(t => Start(() => MapAndUnmap(t)))]);
        done.Cancel();
        Join(readers);

        // The plain model: what each thread knows that it did.
        map.CheckConsistency();
        ulong size = 0;
        foreach (var (stack, pages) in deepest)
        {
            Assert.True(map.CheckProtection(Bottom(stack) + StackSize - ((ulong)pages * Page), Bottom(stack) + StackSize, VmProt.ReadWrite));
            Assert.False(map.CheckProtection(Bottom(stack) + StackSize - ((ulong)(pages + 1) * Page), Bottom(stack) + StackSize, VmProt.ReadWrite));
            size += (ulong)pages * Page;
        }
        size += (ulong)(Stacks - deepest.Count) * Page;
        foreach (var (start, length) in mapped)
        {
            Assert.True(map.TryLookup(start, out var entry));
            Assert.True(entry.End >= start + length);
            size += length;
        }
        Assert.Equal(size, map.Size);

        void Grow(Random random)
        {
            for (var i = 0; i < 1500; i++)
            {
                var (stack, pages) = (random.Next(Stacks), random.Next(2, 200));
                Assert.Equal(KernReturn.Success, process.GrowStack(Bottom(stack) + StackSize - ((ulong)pages * Page)));
                deepest.AddOrUpdate(stack, pages, (_, before) => Math.Max(before, pages));
            }
        }

        void MapAndUnmap(int thread)
        {
            var random = new Random(100 + thread);
            var mine = 0x1000_0000ul + ((ulong)thread << 32);
            for (var i = 0; i < 4000; i++)
            {
                var start = mine + ((ulong)random.Next(1500) * 4 * Page);
                if (mapped.TryRemove(start, out var length))
                {
                    Assert.Equal(KernReturn.Success, map.Remove(start, start + length));
                    Assert.False(map.TryLookup(start, out _));
                }
                else
                {
                    length = (ulong)random.Next(1, 4) * Page;
                    Assert.Equal(KernReturn.Success, map.Insert(null, 0, start, start + length, VmProt.Read, VmProt.All, VmMapFlags.None));
                    Assert.True(map.TryLookup(start, out var entry) && entry.Protection == VmProt.Read && entry.Start <= start);
                    mapped[start] = length;
                }
            }
        }

        void WatchStacks(Random random)
        {
            var grown = new ulong[Stacks];
            Array.Fill(grown, ulong.MaxValue);
            while (!done.IsCancellationRequested)
            {
                // Grown parts stay: what was stack once is stack ever after, and only the edge moves down.
                var stack = random.Next(Stacks);
                var address = Bottom(stack) + StackSize - ((ulong)random.Next(1, 200) * Page);
                var found = map.TryLookup(address, out var entry) && !entry.IsGuard;
                Assert.True(found || address < grown[stack]);
                if (found)
                    grown[stack] = Math.Min(grown[stack], entry.Start);
                Assert.True(!found || (entry.Protection == VmProt.ReadWrite && entry.Contains(address)));
            }
        }
    }

    private static VmProcess Process(VmMap map) => new(new VmSpace(map));

    private static (Thread Thread, Func<Exception?> Failure) Start(Action work)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        return (thread, () => failure);
    }

    private static void Join((Thread Thread, Func<Exception?> Failure)[] workers)
    {
        foreach (var (thread, _) in workers)
            thread.Join();
        Assert.All(workers, static w => Assert.Null(w.Failure()));
    }
}
