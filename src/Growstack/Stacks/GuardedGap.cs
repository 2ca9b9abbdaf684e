// Release 12: the room of a stack is an entry of its own, a guard, which growth eats up but for its own guard pages.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Stacks;

/// <summary>Stacks that grow into a gap entry.</summary>
internal sealed class GuardedGap : StackDiscipline
{
    internal override int DefaultGuardPages => 1;

    internal override void Validate(VmMapFlags cow)
    {
        if ((cow & VmMap.Orientation) == VmMap.Orientation)
            throw new ArgumentException("A stack grows in one direction.", nameof(cow));
    }

    internal override void ValidateMap(VmMap map)
    {
        if (map.WiresFuture)
            throw new InvalidOperationException("The map wires future mappings.");
    }

    internal override KernReturn Map(VmMap map, ulong addrbos, ulong maxSsize, ulong guard, VmProt prot, VmProt max, VmMapFlags cow)
    {
        var end = unchecked(addrbos + maxSsize);
        if (addrbos < map.Min || end > map.Max || end <= addrbos)
            return KernReturn.InvalidAddress;
        if (guard >= maxSsize)
            return KernReturn.InvalidArgument;
        var initial = Math.Min(map.System.StackGrowthSize, maxSsize - guard);
        if (!map.IsFree(addrbos, end, out _, out _))
            return KernReturn.NoSpace;

        var down = (cow & VmMapFlags.StackGrowsDown) != 0;
        var (bottom, top) = down ? (end - initial, end) : (addrbos, addrbos + initial);
        var mapped = map.InsertLocked(null, 0, bottom, top, prot, max, cow, out _);
        if (mapped != KernReturn.Success || initial == maxSsize)
            return mapped;
        if (down)
            AddGap(map, addrbos, bottom, down, guard);
        else
            AddGap(map, top, end, down, guard);
        return KernReturn.Success;
    }

    internal override bool GrowsOnFault(VmMap map, KernReturn answer, ulong address) =>
        answer == KernReturn.ProtectionFailure && map.Index.Lookup(address, out var id)
        && (map.Index[id].Flags & VmEntry.Gap) != 0;

    /// <inheritdoc/>
    /// <remarks>Only the process's own map grows, and only while it executes a file. A failure to wire what has grown is the answer.</remarks>
    internal override KernReturn Grow(VmMap current, VmProcess process, ulong address, ulong step)
    {
        var state = process.State;
        var space = state.Space;
        if (!state.HasText || space.Map != current)
            return KernReturn.Failure;
        using var scope = current.Write();
        if (Locate(current, address, state.StackGapDisabled, out var growth) is { } answer)
            return answer;
        growth.IsProcessStack = address >= space.StackFloor && address < space.UserStack;
        if (!TryRound(current, state, step, ref growth))
            return KernReturn.NoSpace;
        var extended = growth.Down ? ExtendDown(current, ref growth) : ExtendUp(current, ref growth);
        return extended == KernReturn.Success ? Settle(current, space, growth) : extended;
    }

    /// <summary>Finds the stack in whose gap an address lies, and how much it must grow.</summary>
    /// <returns>Null if it can grow; otherwise the answer.</returns>
    private static KernReturn? Locate(VmMap map, ulong address, bool gapDisabled, out StackGrowth growth)
    {
        growth = default;
        var index = map.Index;
        if (!map.Locate(address, out growth.Gap))
            return KernReturn.Failure;
        ref var gap = ref index[growth.Gap];
        if ((gap.Flags & VmEntryFlags.Guard) == 0)
            return KernReturn.Success;
        if ((gap.Flags & VmEntryFlags.StackGapDown) != 0)
        {
            growth.Down = true;
            growth.Stack = index.Next(growth.Gap);
            ref var stack = ref index[growth.Stack];
            if ((stack.Flags & VmEntryFlags.GrowsDown) == 0 || stack.Start != gap.End)
                return KernReturn.Failure;
            growth.Amount = VmPage.RoundUp(stack.Start - address);
        }
        else if ((gap.Flags & VmEntryFlags.StackGapUp) != 0)
        {
            growth.Stack = index.Previous(growth.Gap);
            ref var stack = ref index[growth.Stack];
            if ((stack.Flags & VmEntryFlags.GrowsUp) == 0 || stack.End != gap.Start)
                return KernReturn.Failure;
            growth.Amount = VmPage.RoundUp(address + 1 - stack.End);
        }
        else
        {
            return KernReturn.Failure;
        }
        var size = gap.End - gap.Start;
        var guard = gapDisabled ? 0 : gap.Reserve;
        if (guard > size || growth.Amount > size - guard)
            return KernReturn.NoSpace;
        growth.Room = size - guard;
        return null;
    }

    /// <summary>A new piece below the lowest one, with its protections; it never merges.</summary>
    private static KernReturn ExtendDown(VmMap map, ref StackGrowth growth)
    {
        ref var gap = ref map.Index[growth.Gap];
        ref var stack = ref map.Index[growth.Stack];
        var (prot, max) = (stack.Protection, stack.MaxProtection);
        growth.Start = gap.End - growth.Amount;
        if (growth.Start != gap.Start)
            return map.InsertIntoGap(growth.Gap, growth.Start, prot, max);
        var (gapStart, gapEnd, guard) = (gap.Start, gap.End, gap.Reserve);
        map.DeleteEntry(growth.Gap);
        var answer = map.InsertLocked(null, 0, growth.Start, gapEnd, prot, max, VmMapFlags.StackGrowsDown, out var refused);
        if (answer != KernReturn.Success)
        {
            // The kernel forgets the guard of a gap it has to put back, so that the stack can never grow again.
            AddGap(map, gapStart, gapEnd, down: true, refused ? guard : gapStart);
        }
        return answer;
    }

    /// <summary>The stack's entry itself becomes longer.</summary>
    private static KernReturn ExtendUp(VmMap map, ref StackGrowth growth)
    {
        growth.Start = map.Index[growth.Stack].End;
        if (map.TryExtendStack(growth.Stack, growth.Amount) is { } refused)
            return refused;
        ref var gap = ref map.Index[growth.Gap];
        var top = growth.Start + growth.Amount;
        if (gap.End == top)
        {
            map.DeleteEntry(growth.Gap);
            map.MoveEnd(growth.Stack, top);
        }
        else
        {
            map.MoveBoundary(growth.Stack, growth.Gap, top);
        }
        return KernReturn.Success;
    }

    /// <summary>Puts a gap beside a stack. A left-over gap next to it becomes part of it, and takes over its guard.</summary>
    private static void AddGap(VmMap map, ulong start, ulong end, bool down, ulong guard)
    {
        var direction = down ? VmMapFlags.GapDown : VmMapFlags.GapUp;
        _ = map.InsertLocked(null, 0, start, end, VmProt.None, VmProt.None, VmMapFlags.Guard | direction, out _);
        if (map.Index.Lookup(start, out var gap))
            map.Index[gap].Reserve = guard;
    }
}
