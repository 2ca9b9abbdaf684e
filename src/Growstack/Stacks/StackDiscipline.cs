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

    /// <summary>The map on which a process's stack grows; null: none, which is a failure.</summary>
    internal abstract VmMap? MapToGrow(VmMap map, ProcessState process);

    /// <summary>Step 1: finds the stack in whose range an address lies, and how much it must grow.</summary>
    /// <returns>Null if it can grow; otherwise the answer.</returns>
    protected abstract KernReturn? Locate(VmMap map, ulong address, bool gapDisabled, out StackGrowth growth);

    /// <summary>Whether an address belongs to the process stack, which alone is held to RLIMIT_STACK.</summary>
    protected abstract bool IsProcessStack(VmSpace space, ulong address);

    /// <summary>Step 5: makes the growth, whose amount may still be cut.</summary>
    protected abstract KernReturn Extend(VmMap map, ref StackGrowth growth);

    /// <summary>Whether a failure to wire what was grown is the answer.</summary>
    protected abstract bool ReportsWiring { get; }

    /// <summary>vm_map_growstack(9), step by step.</summary>
    internal KernReturn Grow(VmMap current, VmProcess process, ulong address, ulong step)
    {
        var state = process.State;
        if (MapToGrow(current, state) is not { } map)
            return KernReturn.Failure;
        var (space, limits) = (state.Space, state.Limits);
        using var scope = map.Write();
        if (Locate(map, address, state.StackGapDisabled, out var growth) is { } answer)
            return answer;

        // Step 2: RLIMIT_STACK counts what must grow, then step 3 rounds that up as far as room and limit go.
        var isProcessStack = IsProcessStack(space, address);
        var grown = space.StackPages * VmPage.Size;
        if (isProcessStack && Exceeds(grown, growth.Amount, limits.Stack))
            return KernReturn.NoSpace;
        growth.Amount = Math.Min(RoundUp(growth.Amount, step), growth.Room);
        if (isProcessStack && Exceeds(grown, growth.Amount, limits.Stack))
            growth.Amount = VmPage.RoundDown(limits.Stack) - grown;

        // Step 4: these limits refuse the rounded amount as a whole.
        if (map.IsOverMemlock(limits, growth.Amount) || map.IsOverVmem(limits, growth.Amount))
            return KernReturn.NoSpace;

        var extended = Extend(map, ref growth);
        if (extended != KernReturn.Success)
            return extended;
        if (isProcessStack)
            space.StackPages += VmPage.Count(VmPage.RoundUp(growth.Amount));
        // What release 10 grows beyond the map's end is out of reach.
        if (!map.WiresFuture || growth.Start >= map.Max)
            return extended;
        var wired = map.WireLocked(growth.Start, growth.Start + growth.Amount, VmWire.User);
        return ReportsWiring ? wired : extended;
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

    /// <summary>Whether it grows towards lower addresses.</summary>
    internal bool Down;

    /// <summary>By how much, in bytes.</summary>
    internal ulong Amount;

    /// <summary>How much rounding up may add up to, in bytes.</summary>
    internal ulong Room;

    /// <summary>Where the neighbour in the direction of growth is (release 10).</summary>
    internal ulong Edge;

    /// <summary>The first address of the new piece.</summary>
    internal ulong Start;
}
