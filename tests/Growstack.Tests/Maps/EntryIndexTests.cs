// The index of entries against a plain sorted list: random operations, every answer compared, everything checked after every step.
using CsCheck;

using Growstack.Maps;

namespace Growstack.Tests.Maps;

public sealed class EntryIndexTests
{
    private const ulong Min = 0x1000;
    private const ulong Max = 0x7ffffffff000;

    /// <summary>A step: what to do, where in the list of entries or in the map, and how large.</summary>
    private readonly record struct Step(int Kind, uint Where, uint Size);

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 11], Gen.UInt, Gen.UInt[0, 40])
        .Select(static (kind, where, size) => new Step(kind, where, size));

    [Fact]
    public void Agrees_with_a_sorted_list_on_small_maps() =>
        Steps.List[0, 150].Sample(static steps => Play(steps, 0x1000, 0x80000, 1), iter: 400);

    [Fact]
    public void Agrees_with_a_sorted_list_when_nodes_split_and_merge() =>
        Gen.Select(Gen.Int[0, 700], Steps.List[50, 150], Gen.Int[0, 2]).Sample(
            static (warm, steps, order) =>
            {
                var world = new World(Min, Max);
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
        Churn(20_000);
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
        Assert.Throws<ArgumentException>(() => index.Unlink(index.Allocate()));
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

    private static void Play(List<Step> steps, ulong min, ulong max, int checkEvery)
    {
        var world = new World(min, max);
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
        var id = index.Allocate();
        index[id].Start = start;
        index[id].End = start + length;
        index.Link(id);
        return id;
    }

    /// <summary>An index and the sorted list that it must agree with.</summary>
    private sealed class World(ulong min, ulong max)
    {
        private readonly EntryIndex _index = new(min, max);
        private readonly List<(ulong Start, ulong End, int Id)> _list = [];

        internal int Count => _list.Count;

        internal void Do(Step step, bool check = true)
        {
            var address = min + (step.Where % ((max - min) / 0x1000) * 0x1000);
            var at = _list.Count > 0 ? (int)(step.Where % (uint)_list.Count) : -1;
            switch (step.Kind)
            {
                case <= 3:
                    PlaceInGap(step, at);
                    break;
                case <= 5:
                    if (at >= 0)
                        Unlink(at, check: false);
                    break;
                case <= 7:
                    if (at >= 0)
                        Resize(at, step.Size);
                    break;
                case 8:
                    FindSpace(at >= 0 && step.Size % 2 == 0 ? _list[at].Start + 0x1000 : address, step.Size * 0x1000ul);
                    break;
                case 9:
                    Append(step.Size);
                    break;
                default:
                    Lookup(at >= 0 && step.Size % 2 == 0 ? _list[at].End - (step.Size % 4 / 2) : address);
                    break;
            }
            if (check)
                Check();
        }

        /// <summary>Maps at the front, the back or all of the gap behind an entry.</summary>
        private void PlaceInGap(Step step, int at)
        {
            var from = at < 0 || step.Size == 7 ? min : _list[at].End;
            var slot = _list.FindIndex(e => e.Start >= from);
            var to = slot < 0 ? max : _list[slot].Start;
            if (from >= to)
                return;
            var length = Math.Min(to - from, (1 + (ulong)step.Size) * 0x800);
            if (step.Kind == 0)
                Link(to - length, to);
            else if (step.Kind == 1)
                Link(from, from + length);
            else if (to - from > length)
                Link(from + ((to - from - length) / 2), from + ((to - from - length) / 2) + length);
        }

        internal void Link(ulong start, ulong end)
        {
            var id = _index.Allocate();
            Assert.Equal(default, _index[id]);
            (_index[id].Start, _index[id].End) = (start, end);
            _index.Link(id);
            var slot = _list.FindIndex(e => e.Start >= end);
            _list.Insert(slot < 0 ? _list.Count : slot, (start, end, id));
        }

        private void Append(uint size)
        {
            var from = _list.Count > 0 ? _list[^1].End : min;
            if (max - from < 0x1000ul * (size + 1))
                return;
            var id = _index.Allocate();
            _index[id] = new MapEntry { Start = from + (size * 0x1000ul), End = from + ((size + 1) * 0x1000ul), Next = 99, Previous = 98 };
            _index.LinkLast(id);
            _list.Add((_index[id].Start, _index[id].End, id));
        }

        internal void Unlink(int at, bool check)
        {
            _index.Unlink(_list[at].Id);
            _index.Free(_list[at].Id);
            _list.RemoveAt(at);
            if (check)
                Check();
        }

        private void Resize(int at, uint size)
        {
            var (start, end, id) = _list[at];
            var low = at > 0 ? _list[at - 1].End : min;
            var high = at + 1 < _list.Count ? _list[at + 1].Start : max;
            if (size % 2 == 0)
                start = Math.Max(low, start - Math.Min(start - low, size * 0x400ul));
            else if (end - start > size)
                start += size;
            if (size % 3 == 0)
                end = Math.Min(high - end, size * 0x400ul) + end;
            else if (end - start > size)
                end -= size;
            _index.Resize(id, start, end);
            _list[at] = (start, end, id);
        }

        private void Lookup(ulong address)
        {
            var slot = _list.FindLastIndex(e => e.Start <= address);
            var expected = slot < 0 ? EntryIndex.Header : _list[slot].Id;
            Assert.Equal(slot >= 0 && address < _list[slot].End, _index.Lookup(address, out var id));
            Assert.Equal(expected, id);
        }

        private void FindSpace(ulong start, ulong length)
        {
            var from = Math.Max(start, min);
            var candidate = from;
            foreach (var (s, e, _) in _list)
            {
                if (e <= candidate)
                    continue;
                // An address inside an entry is not free, not even for nothing.
                if (s > candidate ? s - candidate >= length : length == 0 && candidate != from)
                    break;
                candidate = e;
            }
            var fits = candidate <= max && max - candidate >= length;
            Assert.Equal(fits, _index.FindSpace(start, length, out var found));
            Assert.Equal(fits ? candidate : 0, found);
        }

        internal void Check()
        {
            _index.CheckConsistency();
            Assert.Equal(_list.Count, _index.Count);
            var id = EntryIndex.Header;
            foreach (var (start, end, expected) in _list)
            {
                id = _index.Next(id);
                Assert.Equal((start, end, expected), (_index[id].Start, _index[id].End, id));
            }
        }
    }
}
