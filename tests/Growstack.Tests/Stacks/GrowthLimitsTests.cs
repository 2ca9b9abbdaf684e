// vm_map_growstack(9) against limits: how large the process stack, the map and the wired memory may become.
using Growstack.Maps;
using Growstack.Processes;
using static Growstack.Tests.Stacks.StackFixture;

namespace Growstack.Tests.Stacks;

public class GrowthLimitsTests
{
    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void The_process_stack_is_held_to_its_limit_and_clipped_to_it(VmRelease release)
    {
        var world = ProcessStack(release);
        world.Limits = ProcessLimits.Unlimited with { Stack = 0x30fff };
        world.Process.Space.StackPages = 32;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xdf000));
        Assert.Equal(48UL, world.Process.Space.StackPages);
        Assert.Equal(0x30000UL, world.Map.Size);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0xcf000));
    }

    [Fact]
    public void Other_stacks_have_no_such_limit_in_release_12()
    {
        var world = ProcessStack(VmRelease.FreeBsd12);
        world.Limits = ProcessLimits.Unlimited with { Stack = 0 };
        world.MapStack(2 * Bottom, Megabyte);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0xd0000));
        Assert.Equal(KernReturn.Success, world.Grow((2 * Bottom) + 0xd0000));
        Assert.Equal(0UL, world.Process.Space.StackPages);
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void The_vmem_limit_is_held_against_the_rounded_amount(VmRelease release)
    {
        var world = new StackFixture(release);
        world.MapStack(Bottom, Megabyte);
        world.Limits = ProcessLimits.Unlimited with { Vmem = 0x3ffff };
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0xdf000));
        world.Limits = ProcessLimits.Unlimited with { Vmem = 0x40000 };
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xdf000));
    }

    [Fact]
    public void Growth_of_a_map_that_wires_its_future_is_wired_within_the_memlock_limit()
    {
        var world = new StackFixture(VmRelease.FreeBsd12) { Limits = ProcessLimits.Unlimited with { Memlock = 0x20000 } };
        world.MapStack(Bottom, Megabyte);
        world.Map.WireFuture = true;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xd0000));
        world.Shows("""
            10000000-100c0000 --- gap down
            100c0000-100e0000 rw- stack down wired
            100e0000-10100000 rw- stack down
            """);
        Assert.Equal(32UL, world.Map.WiredPageCount);
        Assert.Equal(KernReturn.NoSpace, world.Grow(Bottom + 0xbf000));
        world.System.OldMlock = true;
        Assert.Equal(KernReturn.Success, world.Grow(Bottom + 0xbf000));
    }

    [Fact]
    public void Growth_stays_although_wiring_it_fails_and_the_failure_is_the_answer()
    {
        var world = new StackFixture(VmRelease.FreeBsd12);
        world.System.MaxUserWiredPages = 2;
        world.MapStack(Bottom, Megabyte);
        world.Map.WireFuture = true;
        Assert.Equal(KernReturn.ResourceShortage, world.Grow(Bottom + 0xd0000));
        Assert.Equal(0x40000UL, world.Map.Size);
        Assert.Equal(32UL, world.Process.Space.StackPages);
    }

    [Fact]
    public void Unmapping_never_lowers_the_size_of_the_process_stack_and_fork_counts_every_entry_that_grows()
    {
        var world = ProcessStack(VmRelease.FreeBsd12);
        world.Grow(Bottom + 0xd0000);
        world.Map.Remove(Bottom + 0xe0000, Bottom + 0x100000);
        Assert.Equal(32UL, world.Process.Space.StackPages);
        world.MapStack(2 * Bottom, Megabyte);
        var child = world.Process.Fork();
        Assert.NotNull(child);
        Assert.Equal(64UL, child.Space.StackPages);
    }

    private static StackFixture ProcessStack(VmRelease release)
    {
        var world = new StackFixture(release);
        world.Process.Space.StackFloor = Bottom;
        world.Process.Space.UserStack = Bottom + Megabyte;
        world.MapStack(Bottom, Megabyte);
        return world;
    }
}
