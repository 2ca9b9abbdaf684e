// Release 12: what is easily got wrong about gaps.
using Growstack.Maps;
using Growstack.Memory;
using static Growstack.Tests.Stacks.StackFixture;

namespace Growstack.Tests.Stacks;

public class GuardedGapTests
{
    [Fact]
    public void A_fixed_mapping_in_the_gap_leaves_the_upper_part_growing_and_the_lower_dead()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, step: 0x4000);
        world.MapStack(Bottom, 0x40000);
        world.Map.Fixed(null, 0, Bottom + 0x10000, 0x1000, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x12000));
        world.Shows("""
            10000000-10010000 --- gap down
            10010000-10011000 rw-
            10011000-10012000 --- gap down
            10012000-1003c000 rw- stack down
            1003c000-10040000 rw- stack down
            """);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0x11000));
        Assert.Equal(KernReturn.Failure, world.Grow(Bottom + 0x8000));
    }

    [Fact]
    public void A_protect_that_fails_leaves_its_first_clip_behind()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.Process.MapStack(Bottom, Megabyte, VmProt.ReadWrite, VmProt.ReadWrite, Down);
        Assert.Equal(KernReturn.ProtectionFailure, world.Map.Protect(Bottom + 0x50000, Bottom + 0x100000, VmProt.All));
        world.Shows("""
            10000000-10050000 --- gap down
            10050000-100e0000 --- gap down
            100e0000-10100000 rw- stack down
            """);
        Assert.Equal(KernReturn.Failure, world.Grow(Bottom + 0x4ffff));
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x60000));
    }

    [Fact]
    public void Unmapping_between_gap_and_stack_ends_growth()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        world.Map.Remove(Bottom + 0xdf000, Bottom + 0xe1000);
        Assert.Equal(KernReturn.Failure, world.Grow(Bottom + 0xd0000));
    }

    [Fact]
    public void A_growth_without_swap_puts_a_gap_back_that_can_never_grow_again()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, guardPages: 0);
        world.MapStack(Bottom, 0x40000);
        world.System.SwapLimit = 0x20000;
        var before = world.Picture;
        Assert.Equal(KernReturn.ResourceShortage, world.Grow(Bottom + 0x10000));
        Assert.Equal(before, world.Picture);
        world.System.SwapLimit = ulong.MaxValue;
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0x10000));
    }

    [Fact]
    public void Growing_up_without_swap_is_no_space()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte, Up);
        world.System.SwapLimit = 0x20000;
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0x20000));
        world.System.SwapLimit = ulong.MaxValue;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x20000));
    }

    [Fact]
    public void A_fault_on_a_stack_without_permission_grows_it_and_fails()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, step: 0x4000);
        world.MapStack(Bottom, 0x40000);
        world.Map.Protect(Bottom + 0x3c000, Bottom + 0x3d000, VmProt.None);
        Assert.Equal(KernReturn.ProtectionFailure, world.Fault(Bottom + 0x38000));
        world.Shows("""
            10000000-10038000 --- gap down
            10038000-1003c000 --- stack down
            1003c000-1003d000 --- stack down
            1003d000-10040000 rw- stack down
            """);
    }

    [Fact]
    public void Guards_take_neither_protection_nor_zero_inheritance()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, world.Map.Protect(Bottom, Bottom + Megabyte, VmProt.Read));
        Assert.Equal(KernReturn.Success, world.Map.Inherit(Bottom, Bottom + 0xe0000, VmInherit.Zero));
        world.Shows("""
            10000000-100e0000 --- gap down
            100e0000-10100000 r-- stack down
            """);
    }

    [Fact]
    public void A_gap_not_inherited_leaves_the_childs_stack_ungrowable()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        world.Map.Inherit(Bottom, Bottom + 0xe0000, VmInherit.None);
        var child = world.Process.Fork();
        Assert.NotNull(child);
        Assert.Equal("100e0000-10100000 rw- stack down\n", Draw(child.Map));
        Assert.Equal(KernReturn.Failure, child.GrowStack(Bottom + 0xd0000));
    }

    [Fact]
    public void Reversed_ranges_split_at_their_end_or_do_nothing()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.Insert(Bottom, Bottom + 0x10000);
        Assert.Equal(KernReturn.Success, world.Map.Protect(Bottom + 0x9000, Bottom + 0x8000, VmProt.Read));
        world.Shows("""
            10000000-10008000 rw-
            10008000-10010000 rw-
            """);
        Assert.Equal(KernReturn.Success, world.Map.Remove(Bottom + 0x9000, Bottom + 0x8000));
        Assert.Equal(KernReturn.Success, world.Map.Remove(2 * Bottom, Bottom));
        Assert.Equal(0x10000UL, world.Map.Size);
    }

    [Fact]
    public void Overlap_is_looked_at_before_the_arguments_of_a_guard()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.Insert(Bottom, Bottom + 0x1000);
        Assert.Equal(KernReturn.NoSpace, world.Map.Insert(null, 0, Bottom, Bottom + 0x1000, VmProt.None, VmProt.All, VmMapFlags.Guard));
        Assert.Equal(
            KernReturn.InvalidArgument,
            world.Map.Insert(null, 0, 2 * Bottom, (2 * Bottom) + 0x1000, VmProt.None, VmProt.All, VmMapFlags.Guard));
    }

    [Fact]
    public void Memory_once_writable_does_not_merge_with_memory_that_never_was()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.Map.AnonymousObjects = false;
        world.Map.Insert(null, 0, Bottom, Bottom + 0x1000, VmProt.Read, VmProt.All, VmMapFlags.None);
        world.Insert(Bottom + 0x1000, Bottom + 0x2000);
        world.Map.Protect(Bottom + 0x1000, Bottom + 0x2000, VmProt.Read);
        Assert.Equal(2, world.Map.EntryCount);
        world.Map.Protect(Bottom, Bottom + 0x1000, VmProt.ReadWrite);
        world.Map.Protect(Bottom, Bottom + 0x2000, VmProt.Read);
        Assert.Equal(1, world.Map.EntryCount);
    }

    [Fact]
    public void Mappings_without_a_wish_are_placed_side_by_side()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        Assert.Equal(0x1000UL, Find(0, VmProt.ReadWrite));
        Assert.Equal(0x2000UL, Find(0, VmProt.None));
        Assert.Equal(0x2000UL, world.Map.AnonymousHint);
        Assert.Equal(0x3000UL, Find(0, VmProt.Read));
        Assert.Equal(0x4000UL, world.Map.AnonymousHint);
        world.Map.Remove(0x3000, 0x4000);
        Assert.Equal(0x3000UL, world.Map.AnonymousHint);

        ulong Find(ulong address, VmProt prot)
        {
            Assert.Equal(KernReturn.Success, world.Map.Find(null, 0, ref address, 0x1000, 0, VmFindSpace.Any, prot, VmProt.All, VmMapFlags.None));
            return address;
        }
    }

    [Fact]
    public void Wiring_over_a_gap_fails_and_is_rolled_back_unless_holes_are_allowed()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, step: 0x4000);
        world.MapStack(Bottom, 0x20000);
        world.Insert(Bottom - 0x10000, Bottom);
        var before = world.Picture;
        Assert.Equal(KernReturn.InvalidAddress, world.Map.Wire(Bottom - 0x10000, Bottom + 0x20000, VmWire.User));
        Assert.Equal(before, world.Picture);
        Assert.Equal(KernReturn.Success, world.Map.Wire(Bottom - 0x10000, Bottom + 0x20000, VmWire.User | VmWire.HolesOk));
        world.Shows("""
            fff0000-10000000 rw- wired
            10000000-1001c000 --- gap down
            1001c000-10020000 rw- stack down wired
            """);
    }

    [Theory]
    [InlineData(VmMapFlags.StackGrowsDown, 0x1001_0000UL)]
    [InlineData(VmMapFlags.StackGrowsUp, 0x1003_0000UL)]
    public void What_the_physical_map_refuses_is_rolled_back(VmMapFlags direction, ulong address)
    {
        foreach (var guardPages in new[] { 0, 1 })
        {
            var world = new StackFixture(VmRelease.FreeBsd12, guardPages);
            var memory = new RefusingMemory();
            world.Map.Physical = memory;
            world.MapStack(Bottom, 0x40000, direction);
            var before = (world.Picture, world.System.ReservedSwap, world.Map.Entries[0].Reserve);
            memory.Refuses = true;
            Assert.Equal(KernReturn.ResourceShortage, world.Grow(address));
            Assert.Equal(before, (world.Picture, world.System.ReservedSwap, world.Map.Entries[0].Reserve));
            memory.Refuses = false;
            Assert.Equal(KernReturn.Success, world.Grow(address));
            Assert.Equal(world.Map.Size - 0x20000, memory.Last.Size);
        }
    }

    private sealed class RefusingMemory : IPhysicalMap
    {
        internal bool Refuses { get; set; }

        internal VmEntry Last { get; private set; }

        public KernReturn Enter(in VmEntry piece)
        {
            Last = piece;
            return Refuses ? KernReturn.ResourceShortage : KernReturn.Success;
        }

        public void Remove(ulong start, ulong end)
        {
        }

        public void Protect(ulong start, ulong end, VmProt protection)
        {
        }
    }
}
