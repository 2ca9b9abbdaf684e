// vm_map_growstack(9): what both releases do alike, and the one thing each its own way.
using Growstack.Maps;
using Growstack.Processes;
using static Growstack.Tests.Stacks.StackFixture;

namespace Growstack.Tests.Stacks;

public class GrowStackTests
{
    [Fact]
    public void A_mapped_address_needs_no_growth()
    {
        foreach (var release in Enum.GetValues<VmRelease>())
        {
            var world = new StackFixture(release);
            world.MapStack(Bottom, Megabyte);
            var before = world.Picture;
            Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xff000));
            Assert.Equal(before, world.Picture);
        }
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10, KernReturn.Success)]
    [InlineData(VmRelease.FreeBsd12, KernReturn.Failure)]
    public void An_address_in_no_stacks_range(VmRelease release, KernReturn answer)
    {
        var world = new StackFixture(release);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(answer, world.Grow(Bottom + (2 * Megabyte)));
        Assert.Equal(0x20000UL, world.Map.Size);
    }

    [Fact]
    public void Growth_is_rounded_up_to_the_step_and_copies_the_lowest_piece()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte, Down | VmMapFlags.NoCoreDump);
        world.Map.Inherit(Bottom + 0xe0000, Bottom + 0x100000, VmInherit.None);
        world.Map.Protect(Bottom + 0xe0000, Bottom + 0xe1000, VmProt.Read);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xd0000));
        world.Shows("""
            10000000-100c0000 --- gap down
            100c0000-100e0000 r-- stack down
            100e0000-100e1000 r-- stack down nocore None
            100e1000-10100000 rw- stack down nocore None
            """);
    }

    [Fact]
    public void Release_10_moves_the_growing_end_to_the_new_piece()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xd0000));
        world.Shows("""
            100c0000-100e0000 rw- stack down
            100e0000-10100000 rw-
            """);
        Assert.Equal(0xc0000UL, world.Map.Entries[0].Reserve);
    }

    [Fact]
    public void A_stack_that_grows_up_is_extended_in_place()
    {
        foreach (var release in Enum.GetValues<VmRelease>())
        {
            var world = new StackFixture(release);
            world.MapStack(Bottom, Megabyte, Up);
            Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x20000));
            Assert.StartsWith("10000000-10040000 rw- stack up\n", world.Picture);
            world.Map.CheckConsistency();
        }
    }

    [Fact]
    public void The_guard_is_never_grown_into()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x1000));
        world.Shows("""
            10000000-10001000 --- gap down
            10001000-100e0000 rw- stack down
            100e0000-10100000 rw- stack down
            """);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0xfff));
        Assert.Equal(KernReturn.ProtectionFailure, world.Fault(Bottom + 0xfff));
    }

    [Fact]
    public void Release_10_keeps_a_page_to_its_neighbour_if_it_guards()
    {
        var world = new StackFixture(VmRelease.FreeBsd10, guardPages: 1);
        world.MapStack(Bottom, 0x40000);
        world.Insert(Bottom, Bottom + 0x10000);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x11fff));
        world.Shows("""
            10000000-10010000 rw-
            10011000-10020000 rw- stack down
            10020000-10040000 rw-
            """);
    }

    [Fact]
    public void Guard_pages_are_none_in_release_10_and_one_in_release_12()
    {
        Assert.Equal(0, new StackFixture(VmRelease.FreeBsd10).System.GuardPages);
        Assert.Equal(1, new StackFixture(VmRelease.FreeBsd12).System.GuardPages);
    }

    [Fact]
    public void The_guard_is_fixed_when_the_stack_is_made_but_can_be_switched_off_for_the_process()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, guardPages: 2, step: 0x1000);
        world.MapStack(Bottom, 0x6000);
        world.System.GuardPages = 0;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x2000));
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0x1000));
        world.Process.StackGapDisabled = true;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom));
        world.Shows("""
            10000000-10002000 rw- stack down
            10002000-10005000 rw- stack down
            10005000-10006000 rw- stack down
            """);
    }

    [Fact]
    public void More_than_the_room_is_no_space()
    {
        var ten = new StackFixture(VmRelease.FreeBsd10);
        ten.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.NoSpace, ten.Grow(Bottom - 1));
        Assert.Equal(KernReturn.Success, ten.Grow(Bottom));
        Assert.Equal(0x100000UL, ten.Map.Size);
    }

    [Fact]
    public void A_step_of_ones_own_replaces_the_systems()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, world.Process.GrowStack(Bottom + 0xdffff, 0x80000));
        world.Shows("""
            10000000-10060000 --- gap down
            10060000-100e0000 rw- stack down
            100e0000-10100000 rw- stack down
            """);
        Assert.Throws<ArgumentOutOfRangeException>(() => { world.Process.GrowStack(Bottom, 0); });
    }

    [Fact]
    public void Two_threads_that_fault_in_the_same_gap_grow_it_once()
    {
        for (var round = 0; round < 50; round++)
        {
            var world = new StackFixture(VmRelease.FreeBsd12);
            world.MapStack(Bottom, Megabyte);
            using var start = new Barrier(2);
            var threads = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                Assert.Equal(KernReturn.Success, world.Fault(Bottom + 0xdf000));
            })).ToArray();
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            Assert.Equal(0x40000UL, world.Map.Size);
            Assert.Equal(32UL, world.Process.Space.StackPages);
        }
    }

    [Fact]
    public void A_process_without_text_or_in_another_space_grows_nothing_in_release_12()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte);
        world.Process.HasText = false;
        Assert.Equal(KernReturn.Failure, world.Grow(Bottom + 0xd0000));
        world.Process.HasText = true;
        var other = new VmProcess(new VmSpace(world.System, 0x1000, 0x10000));
        Assert.Equal(KernReturn.Failure, world.Map.GrowStack(other, Bottom + 0xd0000, 0x1000));
        Assert.Equal(0x20000UL, world.Map.Size);
    }
}
