// What a map has reserved of the system's swap it gives back, to the byte.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Tests.Maps;

public class SwapAccountTests
{
    private const ulong Page = 4096;

    private static ulong At(int page) => (256 + (ulong)page) * Page;

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Random_operations_leave_no_swap_reserved(VmRelease release)
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var system = new VmSystem(release);
            var map = new VmProcess(new VmSpace(system, 0, 1 << 30)).Map;
            for (var i = 0; i < 40; i++)
            {
                Step(map, random);
                Assert.True(system.ReservedSwap <= 10 * 40 * Page, $"seed {seed}, step {i}: {system.ReservedSwap:x} bytes reserved");
            }

            _ = map.Remove(0, 1 << 30);
            Assert.True(system.ReservedSwap == 0, $"seed {seed}: {system.ReservedSwap:x} bytes stay reserved");
        }
    }

    [Fact]
    public void Memory_that_takes_the_place_of_an_objects_end_is_given_back()
    {
        var system = new VmSystem(VmRelease.FreeBsd12);
        var map = new VmProcess(new VmSpace(system, 0, 1 << 30)).Map;
        Anonymous(1, 4, VmProt.ReadWrite);
        Protect(1, 2, VmProt.Read);
        Anonymous(3, 7, VmProt.Read);
        Protect(1, 3, VmProt.ReadWrite);
        Protect(3, 5, VmProt.Read);
        Protect(2, 5, VmProt.Read);
        Protect(2, 5, VmProt.ReadWrite);
        Anonymous(3, 6, VmProt.Read);
        _ = map.Fixed(new VmObject(VmObjectKind.Vnode, 100, 0), 0, At(4), 4 * Page, VmProt.Read, VmProt.All, VmMapFlags.CopyOnWrite | VmMapFlags.NoCharge);
        Protect(1, 5, VmProt.Read);
        Protect(0, 4, VmProt.ReadWrite);
        Anonymous(3, 4, VmProt.Read);
        Protect(0, 1, VmProt.ReadWrite);
        Protect(2, 6, VmProt.ReadWrite);
        Anonymous(3, 4, VmProt.ReadWrite);
        Anonymous(3, 4, VmProt.ReadWrite, VmMapFlags.InheritShare);
        _ = map.Remove(At(2), At(6));
        _ = map.Remove(At(0), At(20));
        Assert.Equal(0UL, system.ReservedSwap);

        void Protect(int from, int to, VmProt protection) => Assert.Equal(KernReturn.Success, map.Protect(At(from), At(to), protection));
        void Anonymous(int from, int to, VmProt protection, VmMapFlags flags = VmMapFlags.None) =>
            Assert.Equal(KernReturn.Success, map.Fixed(null, 0, At(from), At(to) - At(from), protection, VmProt.All, flags | VmMapFlags.NoCharge));
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Copy_on_write_memory_without_an_object_is_given_back(VmRelease release)
    {
        for (var second = 0; second < 4; second++)
        {
            var system = new VmSystem(release);
            var map = new VmProcess(new VmSpace(system, 0, 1 << 30)).Map;
            foreach (var at in (int[])[0, second])
                Assert.Equal(KernReturn.Success, map.Fixed(null, 0, At(at), 4 * Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.CopyOnWrite));
            Assert.Equal((4 + (ulong)second) * Page, system.ReservedSwap);
            Assert.Equal(KernReturn.Success, map.Remove(0, 1 << 30));
            Assert.Equal(0UL, system.ReservedSwap);
        }
    }

    private static void Step(VmMap map, Random random)
    {
        var start = At(random.Next(6));
        var end = start + ((ulong)random.Next(1, 5) * Page);
        var protection = random.Next(2) == 0 ? VmProt.Read : VmProt.ReadWrite;
        switch (random.Next(4))
        {
            case 0:
                var file = random.Next(3) == 0;
                var flags = random.Next(3) switch
                {
                    0 => VmMapFlags.InheritShare,
                    1 => VmMapFlags.CopyOnWrite,
                    _ => file ? VmMapFlags.CopyOnWrite : VmMapFlags.None,
                };
                _ = map.Fixed(
                    file ? new VmObject(VmObjectKind.Vnode, 100, 0) : null, 0, start, end - start, protection, VmProt.All,
                    flags | (random.Next(2) == 0 ? VmMapFlags.NoCharge : VmMapFlags.None));
                break;
            case 1:
                _ = map.Remove(start, end);
                break;
            default:
                _ = map.Protect(start, end, protection);
                break;
        }
    }
}
