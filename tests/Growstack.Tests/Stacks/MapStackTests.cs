// vm_map_stack(9): how a stack is mapped, and when it is not, in both releases.
using Growstack.Maps;
using Growstack.Processes;
using static Growstack.Tests.Stacks.StackFixture;

namespace Growstack.Tests.Stacks;

public class MapStackTests
{
    [Fact]
    public void Release10_maps_the_top_and_leaves_the_room_free()
    {
        var world = new StackFixture(VmRelease.FreeBsd10);
        Assert.Equal(KernReturn.Success, world.MapStack(Bottom, Megabyte));
        world.Shows("100e0000-10100000 rw- stack down");
        Assert.Equal(0xe0000UL, world.Map.Entries[0].Reserve);
        Assert.Equal(0x20000UL, world.Map.Size);
    }

    [Fact]
    public void Release12_maps_the_top_and_reserves_the_room_as_a_gap()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        Assert.Equal(KernReturn.Success, world.MapStack(Bottom, Megabyte));
        world.Shows("""
            10000000-100e0000 --- gap down
            100e0000-10100000 rw- stack down
            """);
        Assert.Equal(VmPage.Size, world.Map.Entries[0].Reserve);
        Assert.Equal(0x20000UL, world.Map.Size);
    }

    [Fact]
    public void A_stack_that_grows_up_begins_at_its_bottom()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        Assert.Equal(KernReturn.Success, world.MapStack(Bottom, Megabyte, Up));
        world.Shows("""
            10000000-10020000 rw- stack up
            10020000-10100000 --- gap up
            """);
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10, KernReturn.NoSpace)]
    [InlineData(VmRelease.FreeBsd12, KernReturn.InvalidAddress)]
    public void Addrbos_outside_the_map(VmRelease release, KernReturn answer)
    {
        var world = new StackFixture(release);
        Assert.Equal(answer, world.MapStack(0, 0x10000));
        Assert.Equal(answer, world.MapStack(0x1_0000_0001, 0x10000));
        world.Shows("");
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void End_beyond_the_map_or_size_zero_is_an_invalid_address(VmRelease release)
    {
        var world = new StackFixture(release);
        Assert.Equal(KernReturn.InvalidAddress, world.MapStack(0xffff_0000, 0x2_0000));
        Assert.Equal(KernReturn.InvalidAddress, world.MapStack(Bottom, 0));
        world.Shows("");
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10, KernReturn.NoSpace)]
    [InlineData(VmRelease.FreeBsd12, KernReturn.InvalidAddress)]
    public void Addresses_that_wrap_round(VmRelease release, KernReturn answer)
    {
        var world = new StackFixture(release);
        Assert.Equal(answer, world.MapStack(0xffff_ffff_ffff_f000, 0x11000));
    }

    [Fact]
    public void A_stack_not_larger_than_its_guard_is_refused_before_occupancy_is_looked_at()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, guardPages: 2);
        world.Insert(Bottom, Bottom + 0x1000);
        Assert.Equal(KernReturn.InvalidArgument, world.MapStack(Bottom, 0x2000));
        Assert.Equal(KernReturn.NoSpace, world.MapStack(Bottom, 0x3000));
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void The_vmem_limit_comes_first_and_counts_at_most_one_step(VmRelease release)
    {
        var world = new StackFixture(release) { Limits = Unlimited with { Vmem = 0x1ffff } };
        Assert.Equal(KernReturn.NoSpace, world.MapStack(0, Megabyte));
        world.Limits = Unlimited with { Vmem = 0x20000 };
        Assert.NotEqual(KernReturn.Success, world.MapStack(0, Megabyte));
        Assert.Equal(KernReturn.Success, world.MapStack(Bottom, Megabyte));
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Something_mapped_at_addrbos_or_in_the_room_is_no_space(VmRelease release)
    {
        var world = new StackFixture(release);
        world.Insert(Bottom + 0x4000, Bottom + 0x5000);
        Assert.Equal(KernReturn.NoSpace, world.MapStack(Bottom, 0x10000));
        Assert.Equal(KernReturn.NoSpace, world.MapStack(Bottom + 0x4000, 0x10000));
        Assert.Equal(KernReturn.Success, world.MapStack(Bottom - 0xc000, 0x10000));
    }

    [Fact]
    public void The_room_is_unprotected_in_release_10_and_taken_in_release_12()
    {
        var ten = new StackFixture(VmRelease.FreeBsd10);
        ten.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.Success, ten.Insert(Bottom, Bottom + 0x1000));

        var twelve = new StackFixture(VmRelease.FreeBsd12);
        twelve.MapStack(Bottom, Megabyte);
        Assert.Equal(KernReturn.NoSpace, twelve.Insert(Bottom, Bottom + 0x1000));
    }

    [Fact]
    public void Both_directions_at_once_are_allowed_in_release_10_and_an_argument_error_in_release_12()
    {
        var ten = new StackFixture(VmRelease.FreeBsd10, step: 0x4000);
        Assert.Equal(KernReturn.Success, ten.MapStack(Bottom, 0x20000, Down | Up));
        ten.Shows("1000e000-10012000 rw- stack down stack up");

        var twelve = new StackFixture(VmRelease.FreeBsd12);
        Assert.Throws<ArgumentException>(() => { twelve.MapStack(Bottom, 0x20000, Down | Up); });
        Assert.Throws<ArgumentException>(() => { twelve.MapStack(Bottom, 0x20000, VmMapFlags.None); });
        twelve.Shows("");
    }

    [Fact]
    public void More_protection_than_the_maximum_is_an_argument_error_in_release_12()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        Assert.Throws<ArgumentException>(() => { world.Process.MapStack(Bottom, Megabyte, VmProt.All, VmProt.Read, Down); });
        world.Shows("");
    }

    [Fact]
    public void A_map_that_wires_its_future_takes_no_stack_in_release_12()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.Map.WireFuture = true;
        Assert.Throws<InvalidOperationException>(() => { world.MapStack(Bottom, Megabyte); });
        world.Shows("");
    }

    [Fact]
    public void Copy_on_write_flags_go_to_the_new_mapping()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, Megabyte, Down | VmMapFlags.NoCoreDump | VmMapFlags.InheritShare);
        world.Shows("""
            10000000-100e0000 --- gap down
            100e0000-10100000 rw- stack down nocore Share
            """);
    }

    [Fact]
    public void With_no_guard_and_no_more_than_one_step_there_is_no_gap_and_no_growth()
    {
        var world = new StackFixture(VmRelease.FreeBsd12, guardPages: 0, step: 0x4000);
        world.MapStack(Bottom, 0x4000);
        world.Shows("10000000-10004000 rw- stack down");
        Assert.Equal(KernReturn.Failure, world.Grow(Bottom - 1));
    }

    [Fact]
    public void A_gap_left_over_merges_with_a_new_stacks_gap_which_grows_through_it()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.MapStack(Bottom, 0x40000);
        world.Map.Remove(Bottom + 0x20000, Bottom + 0x40000);
        world.MapStack(Bottom + 0x20000, 0x40000);
        world.Shows("""
            10000000-10040000 --- gap down
            10040000-10060000 rw- stack down
            """);
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0x1000));
        world.Shows("""
            10000000-10001000 --- gap down
            10001000-10040000 rw- stack down
            10040000-10060000 rw- stack down
            """);
    }

    [Fact]
    public void Swap_that_cannot_be_reserved_leaves_nothing_behind()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.System.SwapLimit = 0x1000;
        Assert.Equal(KernReturn.ResourceShortage, world.MapStack(Bottom, Megabyte));
        world.Shows("");
        Assert.Equal(0UL, world.System.ReservedSwap);
    }

    private static ProcessLimits Unlimited => ProcessLimits.Unlimited;
}
