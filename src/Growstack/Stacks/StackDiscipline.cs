// How stacks are made and grown: what the releases have in common, and the steps in which they differ.
using System.Numerics;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Stacks;

/// <summary>A release's way with stacks. Has no state; the map's lock is held wherever a map is changed.</summary>
internal abstract class StackDiscipline
{
    /// <summary>The pages that guard a stack unless the system is told otherwise.</summary>
    internal abstract int DefaultGuardPages { get; }

    /// <summary>Whether growth may take an entry beyond the end of its map.</summary>
    internal virtual bool MayPassMapEnd => false;

    /// <summary>Refuses directions of growth that would make the kernel panic.</summary>
    internal virtual void Validate(VmMapFlags cow)
    {
    }

    /// <summary>Refuses maps on which the kernel would panic.</summary>
    internal virtual void ValidateMap(VmMap map)
    {
    }

    /// <summary>Maps a stack, after the limits have been checked. The map's lock is held.</summary>
    internal abstract KernReturn Map(VmMap map, ulong addrbos, ulong maxSsize, ulong guard, VmProt prot, VmProt max, VmMapFlags cow);

    /// <summary>Whether a fault that was answered so may be resolved by growing a stack.</summary>
    internal abstract bool GrowsOnFault(VmMap map, KernReturn answer, ulong address);

    /// <summary>
    /// vm_map_growstack(9), step by step: finds the stack and how much it must grow (step 1), holds that to the limits (<see cref="TryRound"/>), extends the
    /// stack (step 5), and settles what has grown (<see cref="Settle"/>). Releases differ in most steps, so each goes through them itself.
    /// </summary>
    internal abstract KernReturn Grow(VmMap current, VmProcess process, ulong address, ulong step);

    /// <summary>Steps 2 to 4: holds a growth to the process's limits, and rounds it up as far as they and the room go.</summary>
    /// <returns>Whether the limits permit it.</returns>
    protected static bool TryRound(VmMap map, ProcessState process, ulong step, ref StackGrowth growth)
    {
        var limits = process.Limits;
        var amount = growth.Amount;
        // RLIMIT_STACK counts what must grow, and cuts what is rounded up.
        var grown = process.Space.StackPages * VmPage.Size;
        if (growth.IsProcessStack && Exceeds(grown, amount, limits.Stack))
            return false;
        amount = Math.Min(RoundUp(amount, step), growth.Room);
        if (growth.IsProcessStack && Exceeds(grown, amount, limits.Stack))
            amount = VmPage.RoundDown(limits.Stack) - grown;
        growth.Amount = amount;
        // The other limits refuse the rounded amount as a whole.
        return !map.IsOverMemlock(limits, amount) && !map.IsOverVmem(limits, amount);
    }

    /// <summary>Steps 6 and 7: counts what has grown, and wires it if the map wires its future.</summary>
    /// <returns>What the wiring answers.</returns>
    protected static KernReturn Settle(VmMap map, VmSpace space, in StackGrowth growth)
    {
        if (growth.IsProcessStack)
            space.StackPages += VmPage.Count(VmPage.RoundUp(growth.Amount));
        // What release 10 grows beyond the map's end is out of reach.
        if (!map.WiresFuture || growth.Start >= map.Max)
            return KernReturn.Success;
        return map.WireLocked(growth.Start, growth.Start + growth.Amount, VmWire.User);
    }

    /// <summary>Whether two amounts together are more than a limit; their sum need not fit a number.</summary>
    internal static bool Exceeds(ulong held, ulong more, ulong limit) => held > limit || more > limit - held;

    /// <summary>The next multiple of the step, or the highest number if that is beyond it.</summary>
    private static ulong RoundUp(ulong amount, ulong step)
    {
        var beyond = BitOperations.IsPow2(step) ? amount & (step - 1) : amount % step;
        if (beyond == 0)
            return amount;
        var missing = step - beyond;
        return amount > ulong.MaxValue - missing ? ulong.MaxValue : amount + missing;
    }
}

/// <summary>A growth under way.</summary>
internal struct StackGrowth
{
    /// <summary>The entry that grows: the lowest piece of a stack that grows down, the only piece of one that grows up.</summary>
    internal int Stack;

    /// <summary>The gap it grows into (release 12).</summary>
    internal int Gap;

    /// <summary>The entry before the room it grows into (release 10); the sentinel, which ends where the map begins, if there is none.</summary>
    internal int Before;

    /// <summary>Whether it grows towards lower addresses.</summary>
    internal bool Down;

    /// <summary>Whether it is the process stack, which alone is held to RLIMIT_STACK.</summary>
    internal bool IsProcessStack;

    /// <summary>By how much, in bytes.</summary>
    internal ulong Amount;

    /// <summary>How much rounding up may add up to, in bytes.</summary>
    internal ulong Room;

    /// <summary>Where the neighbour in the direction of growth is (release 10).</summary>
    internal ulong Edge;

    /// <summary>The first address of the new piece.</summary>
    internal ulong Start;
}
