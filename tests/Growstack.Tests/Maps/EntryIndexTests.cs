// The index of entries against a plain sorted list: random operations, every answer compared, everything checked after every step.
using CsCheck;

using Growstack.Maps;

namespace Growstack.Tests.Maps;

public sealed class EntryIndexTests
{
    private const ulong Min = 0x1000;
    private const ulong Max = 0x7ffffffff000;

    private static readonly Gen<IndexStep> Steps = Gen.Select(Gen.Int[0, 14], Gen.UInt, Gen.UInt[0, 40])
        .Select(static (kind, where, size) => new IndexStep(kind, where, size));

    [Fact]
    public void Agrees_with_a_sorted_list_on_small_maps() =>
        Steps.List[0, 150].Sample(static steps => Play(steps, 0x1000, 0x80000, 1), iter: 400);

    [Fact]
    public void Agrees_with_a_sorted_list_when_nodes_split_and_merge() =>
        Gen.Select(Gen.Int[0, 700], Steps.List[50, 150], Gen.Int[0, 2]).Sample(
            static (warm, steps, order) =>
            {
                var world = new IndexWorld(Min, Max);
                foreach (var at in Filling(warm, order))
                    world.Link(at * 0x4000, (at * 0x4000) + 0x1000 + ((ulong)at % 3 * 0x1000));
                world.Check();
                foreach (var step in steps)
                    world.Do(step);
                // Down to nothing, in an order of its own.
                for (var turn = steps.Count; world.Count > 0; turn++)
                    world.Unlink((int)((uint)turn * 2654435761u % (uint)world.Count), check: world.Count % 32 == 0);
                world.Check();
            },
            iter: 40);

    [Fact]
    public void Agrees_with_a_sorted_list_at_the_top_of_the_address_space() =>
        Steps.List[0, 120].Sample(static steps => Play(steps, 0xffff_ffff_fff0_0000, ulong.MaxValue - 0xfff, 1), iter: 200);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Four_levels_survive_filling_and_emptying(bool ascending)
    {
        const int Entries = 300_000;
        var index = new EntryIndex(Min, Max);
        for (var i = 0; i < Entries; i++)
            LinkAt(index, (ulong)(ascending ? i + 1 : Entries - i) * 0x10000, 0x1000);
        index.CheckConsistency();
        Assert.Equal(Entries, index.Count);
        Assert.True(index.FindSpace(Min, 0xf001, out var behind));
        Assert.Equal(((ulong)Entries * 0x10000) + 0x1000, behind);
        for (var round = 0; index.Count > 0; round++)
        {
            for (var id = index.Next(EntryIndex.Header); id != EntryIndex.Header;)
            {
                var next = index.Next(id);
                if (round == 3 || (index[id].Start / 0x10000 * 2654435761u % 5) == (ulong)round)
                {
                    index.Unlink(id);
                    index.Free(id);
                }
                id = next;
            }
            index.CheckConsistency();
        }
    }

    [Fact]
    public void Entries_placed_downwards_into_a_hole_share_leaves()
    {
        var index = new EntryIndex(Min, Max);
        for (ulong i = 1; i <= 64; i++)
            LinkAt(index, i * 0x10000, 0x1000);
        LinkAt(index, 0x7000_0000_0000, 0x1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 1; i <= 64; i++)
            LinkAt(index, 0x7000_0000_0000 - (i * 0x10000), 0x1000);
        index.CheckConsistency();
        // Sixty-four more entries need a chunk of entries and a few nodes, not a node each.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Fact]
    public void A_warm_index_allocates_nothing()
    {
        var index = new EntryIndex(Min, Max);
        var random = new Random(1);
        var ids = new List<int>();
        for (ulong i = 1; i <= 5000; i++)
            ids.Add(LinkAt(index, i * 0x10000, 0x1000));
        Churn(200_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Churn(20_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        index.CheckConsistency();

        void Churn(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var at = random.Next(ids.Count);
                var start = index[ids[at]].Start;
                index.Unlink(ids[at]);
                index.Free(ids[at]);
                index.FindSpace((ulong)random.NextInt64(0x10000, 5000 * 0x10000), 0x2000, out _);
                index.Lookup(start, out _);
                ids[at] = LinkAt(index, start, 0x1000);
                index.Resize(ids[at], start, start + 0x2000);
            }
        }
    }

    [Fact]
    public void Room_for_nothing_is_found_up_to_the_highest_address()
    {
        var index = new EntryIndex(Min, ulong.MaxValue);
        foreach (var at in (ulong[])[Min, Max, ulong.MaxValue])
        {
            Assert.True(index.FindSpace(at, 0, out var found));
            Assert.Equal(at, found);
        }
        LinkAt(index, 0x10000, 0x4000);
        Assert.True(index.FindSpace(ulong.MaxValue, 0, out var behind));
        Assert.Equal(ulong.MaxValue, behind);
    }

    [Fact]
    public void Refuses_what_overlaps_and_changes_nothing()
    {
        var index = new EntryIndex(0x1000, 0x100000);
        LinkAt(index, 0x10000, 0x4000);
        var second = LinkAt(index, 0x20000, 0x4000);
        (ulong Start, ulong Length)[] refused = [(0x13000, 0x1000), (0xf000, 0x2000), (0x1f000, 0x2000), (0xff000, 0x2000), (0, 0x1000), (0x30000, 0)];
        foreach (var (start, length) in refused)
            Assert.Throws<ArgumentException>(() => LinkAt(index, start, length));
        Assert.Throws<ArgumentException>(() => index.Resize(second, 0x13000, 0x24000));
        Assert.Throws<ArgumentException>(() => index.Resize(second, 0x20000, 0x100001));
        index.Allocate(out var unlinked);
        Assert.Throws<ArgumentException>(() => index.Unlink(unlinked));
        Assert.Equal(2, index.Count);
        index.CheckConsistency();
    }

    [Fact]
    public void A_cleared_index_starts_anew()
    {
        var index = new EntryIndex(Min, Max);
        for (ulong i = 1; i <= 1000; i++)
            LinkAt(index, i * 0x10000, 0x1000);
        index.Lookup(0x20000, out _);
        index.Clear();
        index.CheckConsistency();
        Assert.Equal(0, index.Count);
        Assert.False(index.Lookup(0x20000, out var id));
        Assert.Equal(EntryIndex.Header, id);
        LinkAt(index, 0x20000, 0x1000);
        Assert.True(index.Lookup(0x20000, out _));
        index.CheckConsistency();
    }

    [Fact]
    public void A_copy_has_the_same_entries_and_a_life_of_its_own()
    {
        foreach (var count in (int[])[0, 1, 14, 64, 65, 5000])
        {
            var index = new EntryIndex(Min, Max);
            for (var i = 1; i <= count; i++)
                LinkAt(index, (ulong)i * 0x10000, 0x1000);
            var copy = new EntryIndex(index);
            copy.CheckConsistency();
            for (var i = 1; i <= 100; i++)
                LinkAt(copy, ((ulong)i * 0x10000) + 0x4000, 0x1000);
            index.Clear();
            index.CheckConsistency();
            copy.CheckConsistency();
            Assert.Equal((0, count + 100), (index.Count, copy.Count));
        }
    }

    [Fact]
    public void Vector_and_scalar_search_agree() =>
        Gen.Select(Gen.ULong.Array[0, NodeSearch.Width], Gen.ULong).Sample(static (some, address) =>
        {
            var keys = new ulong[NodeSearch.Width];
            Array.Fill(keys, ulong.MaxValue);
            some.CopyTo(keys, 0);
            Array.Sort(keys);
            foreach (var wanted in some.Append(address).Where(static a => a != ulong.MaxValue))
            {
                var expected = keys.Count(key => key <= wanted);
                Assert.Equal(expected, NodeSearch.CountScalar(ref keys[0], wanted));
                Assert.Equal(expected, NodeSearch.CountVector(ref keys[0], wanted));
            }
        });

    private static void Play(List<IndexStep> steps, ulong min, ulong max, int checkEvery)
    {
        var world = new IndexWorld(min, max);
        for (var i = 0; i < steps.Count; i++)
            world.Do(steps[i], check: i % checkEvery == 0);
    }

    /// <summary>The numbers 1..count ascending, descending, or every other one first.</summary>
    private static IEnumerable<ulong> Filling(int count, int order) => order switch
    {
        0 => Enumerable.Range(1, count).Select(static i => (ulong)i),
        1 => Enumerable.Range(1, count).Select(i => (ulong)(count + 1 - i)),
        _ => Enumerable.Range(1, count).Where(static i => i % 2 == 0).Concat(Enumerable.Range(1, count).Where(static i => i % 2 == 1)).Select(static i => (ulong)i),
    };

    private static int LinkAt(EntryIndex index, ulong start, ulong length)
    {
        ref var entry = ref index.Allocate(out var id);
        (entry.Start, entry.End) = (start, start + length);
        index.Link(id);
        return id;
    }
}
