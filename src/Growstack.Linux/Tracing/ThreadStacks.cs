// Recognises the stacks of threads while a C library makes them, and puts them under the map.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// glibc makes a thread's stack by an inaccessible private mapping with MAP_STACK and then gives access to all of it above the guard. The first
/// call is moved into a window of addresses, which the filter knows; of the second only the top is carried out, and the map reserves the rest by
/// vm_map_stack. In the host the reservation stays the program's own inaccessible mapping, so that nothing else is placed there.
/// </summary>
internal static class ThreadStacks
{
    /// <summary>The window: below what the kernel chooses for mappings, in a range that the sanitizers' shadow layouts leave to the program.</summary>
    internal const ulong WindowStart = 0x7e91_0000_0000;

    internal const ulong WindowEnd = 0x7ec0_0000_0000;

    private const ulong Smallest = 16 * 1024;
    private const ulong LargestUnmarked = 1UL << 30;

    /// <summary>Chooses a place in the window for a mapping that looks like a stack in the making.</summary>
    /// <param name="space">The address space.</param>
    /// <param name="registers">The mmap's registers at its entry.</param>
    /// <returns>The address; null when it is no stack or there is no room.</returns>
    internal static ulong? ChoosePlace(AddressSpace space, in Registers registers)
    {
        const int stackFlags = MapFlag.PrivateAnonymous | MapFlag.Stack;
        ulong length = VmPage.RoundUp(registers.Rsi);
        bool access = registers.Rdx == 0 || (registers.Rdx & ProtectionFlag.ReadWrite) == ProtectionFlag.ReadWrite;
        ulong guard = (ulong)space.Vm.System.GuardPages * VmPage.Size;
        ulong below = StackReserve.RoomBelow(space.Options, length);

        // musl's carry no mark; where room below them may be asked for, they have to be placed too.
        ulong wanted = (ulong)(below != 0 && registers.Rdx == 0 && length <= LargestUnmarked ? MapFlag.PrivateAnonymous : stackFlags);
        if (!access || (registers.R10 & wanted) != wanted || (registers.R10 & MapFlag.HugeTlb) != 0 || length < Smallest)
            return null;

        // Room for the map's own guard, should it be larger than the program's.
        guard += below;
        return FindRoom(space, length + guard) is { } address ? address + guard : below == 0 ? null : FindRoom(space, length + guard - below) + (guard - below);
    }

    /// <summary>Finds a free range of the window. Release 10's map does not count what a stack has reserved as taken.</summary>
    private static ulong? FindRoom(AddressSpace space, ulong length)
    {
        for (ulong from = WindowStart; space.Map.FindSpace(from, length, out ulong address) && address + length <= WindowEnd;)
        {
            var taken = space.Stacks.Find(stack => stack.Start < address + length && stack.End > address);
            if (taken is null && !space.CallsInFlight.Touch(address, address + length))
                return address;
            from = taken?.End ?? space.CallsInFlight.NextBorder(address, address + length);
        }

        return null;
    }

    /// <summary>
    /// Makes a managed stack of a candidate when the program gives access to all of it above a guard: the map has it afterwards.
    /// </summary>
    /// <returns>The stack; the call is to be made for [Low, End) only. Null when it is no stack.</returns>
    internal static ManagedStack? TryManage(AddressSpace space, ulong start, ulong length, VmProt protection)
    {
        if ((protection & VmProt.ReadWrite) != VmProt.ReadWrite || space.StackCandidates.Count == 0)
            return null;
        ulong end = start + VmPage.RoundUp(length);
        foreach (var (bottom, top) in space.StackCandidates)
        {
            if (top != end || start < bottom)
                continue;
            _ = space.StackCandidates.Remove(bottom);
            ulong guard = (ulong)space.Vm.System.GuardPages * VmPage.Size;
            return Manage(space, start - Math.Min(guard, start), bottom, start, top, protection);
        }

        return null;
    }

    /// <summary>Has the map reserve a stack in place of what it has there.</summary>
    /// <param name="space">The address space.</param>
    /// <param name="reservation">Where the map's guard begins; <paramref name="start"/> for none.</param>
    /// <param name="bottom">Where the program's own guard begins.</param>
    /// <param name="start">Where the stack begins; <paramref name="bottom"/> when the program has no guard.</param>
    /// <param name="top">Where it ends.</param>
    /// <param name="protection">Its protection.</param>
    /// <returns>The stack, of which the map has the top; null when the map refuses.</returns>
    internal static ManagedStack? Manage(AddressSpace space, ulong reservation, ulong bottom, ulong start, ulong top, VmProt protection)
    {
        _ = space.Map.Remove(Math.Min(bottom, reservation), top);
        space.Vm.StackGapDisabled = reservation == start;
        ulong asked = VmPage.RoundUp(space.Options?.ThreadStackSize ?? 0);
        var system = space.Vm.System;
        ulong growth = system.StackGrowthSize;
        if (asked != 0)
            system.StackGrowthSize = Math.Min(growth, asked);
        var answer = space.Vm.MapStack(reservation, top - reservation, protection, VmProt.All, VmMapFlags.StackGrowsDown);
        system.StackGrowthSize = growth;
        space.Vm.StackGapDisabled = false;
        var stack = new ManagedStack(StackKind.Thread, 0, bottom, top, start - bottom) { AskedSize = asked };
        if (answer != KernReturn.Success || !space.Map.TryLookup(top - 1, out var piece))
        {
            Enter(space, stack, protection);
            return null;
        }

        stack.Low = piece.Start;
        space.Stacks.Add(stack);
        return stack;
    }

    /// <summary>Takes a stack back out of the map, as it could not be made real.</summary>
    internal static void Undo(AddressSpace space, ManagedStack stack, VmProt protection)
    {
        _ = space.Stacks.Remove(stack);
        _ = space.Map.Remove(stack.Start, stack.End);
        Enter(space, stack, protection);
    }

    /// <summary>Enters the range of a stack as the plain mappings that the host has.</summary>
    private static void Enter(AddressSpace space, ManagedStack stack, VmProt protection)
    {
        if (stack.Guard != 0)
            MapComparison.Enter(space.Map, stack.Start, stack.Floor, VmProt.None, file: false, shared: false);
        MapComparison.Enter(space.Map, stack.Floor, stack.End, protection, file: false, shared: false);
    }

    /// <summary>Forgets the stacks and candidates that lie in a range that is about to be unmapped. A thread may end by unmapping its own.</summary>
    internal static void Forget(AddressSpace space, int pid, ulong start, ulong end)
    {
        _ = space.StackCandidates.Remove(start);
        space.Recent.Forget(start, end);
        for (int i = space.Stacks.Count - 1; i >= 0; i--)
        {
            var stack = space.Stacks[i];
            if (stack.Kind != StackKind.Thread || stack.Start >= end || stack.End <= start)
                continue;
            if (stack.InUse)
                stack.Measure(pid);
            if (!stack.TrimBelow(start, end))
            {
                stack.IsGone = true;
                space.Stacks.RemoveAt(i);
            }
        }
    }

    /// <summary>The program gives memory of a stack back, or sets or takes away marks that make pages of it a guard.</summary>
    internal static void Advised(AddressSpace space, int pid, ulong start, ulong length, int advice)
    {
        if (length == 0 || space.FindStack(start) is not { Kind: StackKind.Thread } stack)
            return;
        stack.IsWorn |= start < stack.Low;
        if (advice != Advice.DontNeed)
            stack.Marked(start, start + VmPage.RoundUp(length), guard: advice == Advice.InstallGuard);
        else if (stack.InUse)
            stack.Measure(pid);
    }
}
