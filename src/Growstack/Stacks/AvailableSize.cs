// Release 10: the room of a stack is unprotected free space, and its entry remembers how much it may still grow.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Stacks;

/// <summary>Stacks that grow into free space, as far as their avail_ssize goes.</summary>
internal sealed class AvailableSize : StackDiscipline
{
    internal override int DefaultGuardPages => 0;

    internal override bool MayPassMapEnd => true;

    internal override KernReturn Map(VmMap map, ulong addrbos, ulong maxSsize, ulong guard, VmProt prot, VmProt max, VmMapFlags cow)
    {
        if (addrbos < map.Min || addrbos > map.Max || unchecked(addrbos + maxSsize) < addrbos)
            return KernReturn.NoSpace;
        var initial = Math.Min(maxSsize, map.System.StackGrowthSize);
        var index = map.Index;
        if (!map.IsFree(addrbos, addrbos + maxSsize, out _, out _))
            return KernReturn.NoSpace;

        var bottom = (cow & VmMap.Orientation) switch
        {
            VmMapFlags.StackGrowsDown => addrbos + maxSsize - initial,
            VmMapFlags.StackGrowsUp => addrbos,
            _ => VmPage.RoundUp(addrbos + (maxSsize / 2) - (initial / 2)),
        };
        var answer = map.InsertLocked(null, 0, bottom, bottom + initial, prot, max, cow, out _);
        if (answer == KernReturn.Success)
        {
            ref var stack = ref index[SplitOff(map, bottom)];
            stack.Reserve = maxSsize - initial;
            stack.Flags |= GrowthFlags(cow);
        }
        return answer;
    }

    internal override bool GrowsOnFault(VmMap map, KernReturn answer, ulong address) => answer == KernReturn.InvalidAddress;

    /// <inheritdoc/>
    /// <remarks>It is always the process's own map that grows. Whether what has grown could be wired nobody hears.</remarks>
    internal override KernReturn Grow(VmMap current, VmProcess process, ulong address, ulong step)
    {
        var state = process.State;
        var space = state.Space;
        var map = space.Map;
        using var scope = map.Write();
        if (Locate(map, address, out var growth) is { } answer)
            return answer;
        growth.IsProcessStack = address >= space.StackFloor;
        if (!TryRound(map, state, step, ref growth))
            return KernReturn.NoSpace;
        var extended = growth.Down ? ExtendDown(map, ref growth) : ExtendUp(map, ref growth);
        if (extended == KernReturn.Success)
            _ = Settle(map, space, growth);
        return extended;
    }

    /// <summary>Finds the stack in whose range an address lies, and how much it must grow.</summary>
    /// <returns>Null if it can grow; otherwise the answer.</returns>
    private static KernReturn? Locate(VmMap map, ulong address, out StackGrowth growth)
    {
        growth = default;
        var index = map.Index;
        if (map.Locate(address, out var previous))
            return KernReturn.Success;
        var next = index.Next(previous);
        var above = (index[next].Flags & VmEntryFlags.GrowsDown) != 0;
        var below = (index[previous].Flags & VmEntryFlags.GrowsUp) != 0;
        if (!above && !below)
            return KernReturn.Success;
        // Between two stacks the closer one grows, the lower one if they are as close.
        growth.Down = above && (!below || address - index[previous].End > index[next].Start - address);
        growth.Stack = growth.Down ? next : previous;
        growth.Before = previous;
        ref var stack = ref index[growth.Stack];
        ulong most;
        if (growth.Down)
        {
            growth.Edge = previous != EntryIndex.Header ? index[previous].End : stack.Start - stack.Reserve;
            growth.Amount = VmPage.RoundUp(stack.Start - address);
            most = stack.Start - growth.Edge;
        }
        else
        {
            growth.Edge = next != EntryIndex.Header ? index[next].Start : stack.End + stack.Reserve;
            growth.Amount = VmPage.RoundUp(address + 1 - stack.End);
            most = growth.Edge - stack.End;
        }
        if (growth.Amount > stack.Reserve)
            return KernReturn.NoSpace;
        if (growth.Amount + GuardBytes(map) > most)
        {
            stack.Reserve = most;
            return KernReturn.NoSpace;
        }
        growth.Room = stack.Reserve;
        return null;
    }

    /// <summary>A new piece below the lowest one, with its protections, which grows in its place.</summary>
    private static KernReturn ExtendDown(VmMap map, ref StackGrowth growth)
    {
        var index = map.Index;
        ref var stack = ref index[growth.Stack];
        growth.Start = stack.Start - growth.Amount;
        if (stack.Start < growth.Amount || growth.Start < growth.Edge)
        {
            stack.Reserve = stack.Start - growth.Edge;
            growth.Start = growth.Edge + GuardBytes(map);
        }
        growth.Amount = stack.Start - growth.Start;
        KernReturn answer;
        int piece;
        if (growth.Start >= map.Min && growth.Start < stack.Start && stack.Start <= map.Max && index[growth.Before].End < growth.Start)
        {
            answer = map.InsertBelow(growth.Stack, growth.Start, out piece);
        }
        else
        {
            answer = map.InsertLocked(null, 0, growth.Start, stack.Start, stack.Protection, stack.MaxProtection, VmMapFlags.None, out _);
            piece = answer == KernReturn.Success ? SplitOff(map, growth.Start) : EntryIndex.Header;
        }
        if (answer == KernReturn.Success)
        {
            index[piece].Reserve = stack.Reserve - growth.Amount;
            index[piece].Flags |= VmEntryFlags.GrowsDown;
            stack.Flags &= ~VmEntryFlags.GrowsDown;
        }
        return answer;
    }

    /// <summary>The stack's entry itself becomes longer, beyond the map's end if its avail_ssize goes there.</summary>
    private static KernReturn ExtendUp(VmMap map, ref StackGrowth growth)
    {
        ref var stack = ref map.Index[growth.Stack];
        growth.Start = stack.End;
        var end = stack.End + growth.Amount;
        if (end > growth.Edge)
        {
            stack.Reserve = growth.Edge - stack.End;
            end = growth.Edge - GuardBytes(map);
        }
        growth.Amount = end - stack.End;
        if (map.TryExtendStack(growth.Stack, growth.Amount) is { } refused)
            return refused;
        map.MoveEnd(growth.Stack, end);
        stack.Reserve -= growth.Amount;
        return KernReturn.Success;
    }

    /// <summary>The entry that begins at an address. The insertion may have made it part of the entry before it, from which it is cut off again.</summary>
    private static int SplitOff(VmMap map, ulong start)
    {
        map.Index.Lookup(start, out var id);
        if (map.Index[id].Start == start)
            return id;
        map.ClipEnd(id, start);
        return map.Index.Next(id);
    }

    private static ulong GuardBytes(VmMap map) => map.System.GuardPages != 0 ? VmPage.Size : 0;

    private static VmEntryFlags GrowthFlags(VmMapFlags cow) =>
        ((cow & VmMapFlags.StackGrowsDown) != 0 ? VmEntryFlags.GrowsDown : VmEntryFlags.None)
        | ((cow & VmMapFlags.StackGrowsUp) != 0 ? VmEntryFlags.GrowsUp : VmEntryFlags.None);
}
