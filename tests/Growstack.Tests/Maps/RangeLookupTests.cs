// Look-ups of ranges: in whatever order they come and whatever changed meanwhile, they say what the entries say.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Tests.Maps;

public sealed class RangeLookupTests
{
    private const ulong Page = VmPage.Size;
    private const ulong Base = 0x10_0000;

    private static ulong At(int place) => Base + ((ulong)place * 4 * Page);

    [Fact]
    public void A_range_is_that_of_the_entry_with_what_it_permits()
    {
        var map = Filled(3);
        Assert.Equal(KernReturn.Success, map.Protect(At(1), At(1) + (2 * Page), VmProt.Read));
        Assert.True(map.TryLookupRange(At(1) + (2 * Page) - 1, out var range));
        Assert.Equal(new VmRange(At(1), At(1) + (2 * Page), VmProt.Read), range);
        Assert.False(map.TryLookupRange(At(1) + (2 * Page), out range));
        Assert.Equal(default, range);
        Assert.False(map.TryLookupRange(0, out _));
        Assert.False(map.TryLookupRange(ulong.MaxValue, out _));
    }

    [Fact]
    public void Look_ups_agree_with_the_entries_while_the_map_changes()
    {
        const int Places = 300;
        var map = Filled(Places);
        var random = new Random(3);
        for (var round = 0; round < 300; round++)
        {
            var place = random.Next(Places);
            switch (random.Next(4))
            {
                case 0:
                    map.Remove(At(place), At(place + 1));
                    break;
                case 1:
                    map.Protect(At(place), At(place + random.Next(1, 40)), (VmProt)random.Next(8));
                    break;
                case 2:
                    map.Remove(At(place) + Page, At(place) + (2 * Page));
                    break;
                default:
                    map.Fixed(null, 0, At(place), (ulong)random.Next(1, 5) * Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
                    break;
            }
            var entries = map.Entries;
            // In order, as hints have it, and at random.
            foreach (var entry in entries)
                Verify(map, entries, entry.Start);
            for (var i = 0; i < 50; i++)
                Verify(map, entries, Base - Page + (ulong)random.NextInt64((long)(At(Places + 2) - Base)));
        }
    }

    private static void Verify(VmMap map, IReadOnlyList<VmEntry> entries, ulong address)
    {
        var expected = entries.FirstOrDefault(e => e.Contains(address));
        Assert.Equal(expected.End != 0, map.TryLookupRange(address, out var range));
        Assert.Equal(new VmRange(expected.Start, expected.End, expected.Protection), range);
        Assert.Equal(expected.End != 0, map.TryLookup(address, out var entry));
        Assert.Equal(expected, entry);
    }

    private static VmMap Filled(int places)
    {
        var map = new VmMap(new VmSystem(VmRelease.FreeBsd12), 0x1000, 0x7fff_ffff_f000);
        for (var place = 0; place < places; place++)
            Assert.Equal(KernReturn.Success, map.Insert(null, 0, At(place), At(place) + (2 * Page), VmProt.ReadWrite, VmProt.All, VmMapFlags.None));
        return map;
    }
}
