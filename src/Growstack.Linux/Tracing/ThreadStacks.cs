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
    /// <summary>The window: behind the trampoline, below what the kernel chooses for mappings.</summary>
    internal const ulong WindowStart = 0x7e91_0000_0000;

    internal const ulong WindowEnd = 0x7ec0_0000_0000;

    private const ulong Smallest = 16 * 1024;

    /// <summary>Chooses a place in the window for a mapping that looks like a stack in the making.</summary>
    /// <param name="space">The address space.</param>
    /// <param name="registers">The mmap's registers at its entry.</param>
    /// <returns>The address; null when it is no stack or there is no room.</returns>
    internal static ulong? ChoosePlace(AddressSpace space, in Registers registers)
    {
        const int stackFlags = MapFlag.PrivateAnonymous | MapFlag.Stack;
        ulong length = VmPage.RoundUp(registers.Rsi);
        if (registers.Rdx != 0 || (registers.R10 & stackFlags) != stackFlags || (registers.R10 & MapFlag.HugeTlb) != 0 || length < Smallest)
            return null;

        // Room for the map's own guard, should it be larger than the program's.
        ulong guard = (ulong)space.Vm.System.GuardPages * VmPage.Size;
        return FindRoom(space, length + guard) is { } address ? address + guard : null;
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
            ulong reservation = start - Math.Min(guard, start);
            _ = space.Map.Remove(Math.Min(bottom, reservation), top);
            if (space.Vm.MapStack(reservation, top - reservation, protection, VmProt.All, VmMapFlags.StackGrowsDown) != KernReturn.Success
                || !space.Map.TryLookup(top - 1, out var piece))
            {
                MapComparison.Enter(space.Map, bottom, top, VmProt.None, file: false, shared: false);
                return null;
            }

            var stack = new ManagedStack(StackKind.Thread, 0, bottom, top, start - bottom) { Low = piece.Start };
            space.Stacks.Add(stack);
            return stack;
        }

        return null;
    }

    /// <summary>Forgets the stacks and candidates that lie in an unmapped range.</summary>
    internal static void Forget(AddressSpace space, ulong start, ulong end)
    {
        _ = space.StackCandidates.Remove(start);
        _ = space.Stacks.RemoveAll(stack => stack.Kind == StackKind.Thread && stack.Start >= start && stack.End <= end);
    }

    /// <summary>Takes the figures of stacks whose memory the program is about to give back.</summary>
    internal static void BeforeDiscard(AddressSpace space, int pid, ulong start, ulong length)
    {
        if (space.FindStack(start) is { Kind: StackKind.Thread, ThreadId: not 0 } stack && length != 0)
            stack.Measure(pid);
    }
}
