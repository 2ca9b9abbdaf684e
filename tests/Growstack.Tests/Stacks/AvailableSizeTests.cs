// Release 10: what its stacks do that no later ones do.
using Growstack.Maps;
using Growstack.Processes;
using static Growstack.Tests.Stacks.StackFixture;

namespace Growstack.Tests.Stacks;

public class AvailableSizeTests
{
    [Fact]
    public void A_failed_growth_near_a_neighbour_cuts_the_room_for_good()
    {
        var world = new StackFixture(VmRelease.FreeBsd10, guardPages: 1);
        world.MapStack(Bottom, 0x40000);
        world.Insert(Bottom, Bottom + 0x10000);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0x10000));
        Assert.Equal(0x10000UL, world.Map.Entries[1].Reserve);
    }

    [Fact]
    public void A_room_cut_that_way_can_later_eat_the_guard_page()
    {
        var world = new StackFixture(VmRelease.FreeBsd10, guardPages: 1);
        world.MapStack(Bottom, 0x40000);
        world.Insert(Bottom, Bottom + 0x10000);
        world.Grow(Bottom + 0x10000);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x11000));
        world.Shows("""
            10000000-10010000 rw-
            10010000-10020000 rw- stack down
            10020000-10040000 rw-
            """);
    }

    [Fact]
    public void A_room_larger_than_what_lies_below_the_stack_is_an_address_error_that_reserves_nothing()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        Assert.Equal(KernReturn.Success, world.MapStack(0x1000, Megabyte, Down | Up));
        Assert.Equal(KernReturn.InvalidAddress, world.Grow(0x60000));
        world.Shows("71000-91000 rw- stack down stack up");
        Assert.Equal(0x20000UL, world.System.ReservedSwap);
    }

    [Fact]
    public void A_stack_that_grows_up_can_pass_the_maps_end()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        var bottom = world.Map.Max - 0x40000;
        world.MapStack(bottom, 0x40000, Up);
        Assert.Equal(KernReturn.Success, world.Grow(bottom + 0x20000));
        Assert.Equal(world.Map.Max, world.Map.Entries[0].End);
        world.Map.CheckConsistency();
    }

    [Fact]
    public void Any_hole_below_a_stack_that_grows_down_counts_as_its_range()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        world.MapStack(Bottom, Megabyte);
        world.Insert(0x100000, 0x101000);
        Assert.Equal(KernReturn.NoSpace, world.Grow(0x200000));
        Assert.Equal(KernReturn.Success, world.Grow(0x80000));
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + (2 * Megabyte)));
    }

    [Fact]
    public void Between_two_stacks_the_closer_grows_and_the_lower_one_at_a_tie()
    {
        var world = new StackFixture(VmRelease.FreeBsd10, step: 0x1000);
        world.MapStack(Bottom, 0x10000, Up);
        world.MapStack(Bottom + 0x10000, 0x10000);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x8000));
        world.Shows("""
            10000000-10009000 rw- stack up
            1001f000-10020000 rw- stack down
            """);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x1c000));
        Assert.Equal(0x1001c000UL, world.Map.Entries[1].Start);
    }

    [Fact]
    public void A_mapping_in_the_room_stops_growth_there()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        world.MapStack(Bottom, Megabyte);
        world.Insert(Bottom + 0x50000, Bottom + 0x60000);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x60000));
        world.Shows("""
            10050000-10060000 rw-
            10060000-100e0000 rw- stack down
            100e0000-10100000 rw-
            """);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom));
        Assert.Equal(0xb0000UL, world.Map.Size);
    }

    [Fact]
    public void A_stack_that_cannot_grow_is_a_failure_to_a_fault_and_no_stack_an_invalid_address()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        world.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, world.Fault(Bottom + 0xd0000));
        Assert.Equal(KernReturn.Failure, world.Fault(Bottom - 0x1000));
        Assert.Equal(KernReturn.InvalidAddress, world.Fault(3 * Bottom));
    }

    [Fact]
    public void The_limit_of_the_process_stack_holds_for_every_stack_above_its_floor()
    {
        var world = new StackFixture(VmRelease.FreeBsd10) { Limits = ProcessLimits.Unlimited with { Stack = 0 } };
        world.Process.Space.StackFloor = Bottom;
        world.Process.Space.UserStack = Bottom;
        world.MapStack(2 * Bottom, Megabyte);
        Assert.Equal(KernReturn.NoSpace, world.Grow((2 * Bottom) + 0xd0000));
    }
}
