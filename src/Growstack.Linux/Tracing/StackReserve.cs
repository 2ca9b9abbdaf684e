// Lets a stack go on below its limit: as far as --thread-stack says, or into a reserve that tells how much it would have needed.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Gives thread stacks room below the program's own mapping. What the C library knows of the stack stays as it was; the guard at its bottom becomes a
/// part of the stack, and the room below it is mapped at once, for memory costs nothing until it is touched. It stays mapped when the program
/// unmaps the stack. Placing stacks, <see cref="ThreadStacks"/> leaves such room free.
/// </summary>
internal sealed class StackReserve(Injector injector)
{
    /// <summary>What is kept free above whatever lies below.</summary>
    private const ulong Gap = 1UL << 20;

    /// <summary>How much room below a new thread stack may be asked for some time.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="length">The stack's own size.</param>
    internal static ulong RoomBelow(RunOptions? options, ulong length)
    {
        ulong more = options?.ThreadStackSize is { } size && size > length ? VmPage.RoundUp(size - length) : 0;
        ulong wanted = more + VmPage.RoundUp(options?.Reserve ?? 0);
        return wanted == 0 ? 0 : wanted + Gap;
    }

    /// <summary>Makes a thread's stack larger than its mapping, as far as it is allowed and needed.</summary>
    /// <param name="tracee">The thread at its fault.</param>
    /// <param name="space">The address space.</param>
    /// <param name="stack">Its stack, which has been grown to its floor.</param>
    /// <param name="address">The address that is to be accessible.</param>
    /// <param name="size">The size the stack may have altogether.</param>
    /// <param name="registers">The thread's registers, with which it goes on.</param>
    /// <returns>False when it may not be so large, or there is no room.</returns>
    internal bool TryExtend(Tracee tracee, AddressSpace space, ManagedStack stack, ulong address, ulong size, in Registers registers)
    {
        ulong lowest = Math.Max(stack.End - Math.Min(size, stack.End), Border(space, stack.Lowest) + Gap);
        if (address < lowest || lowest >= stack.Lowest)
            return false;
        bool first = stack.Extension == 0;
        const int flags = MapFlag.PrivateAnonymous | MapFlag.FixedNoReplace | MapFlag.NoReserve;
        List<SyscallRow> rows = [new SyscallRow(SyscallNumber.Mmap, lowest, stack.Lowest - lowest, ProtectionFlag.ReadWrite, flags, ulong.MaxValue, 0)];
        if (first)
            rows.Add(new SyscallRow(SyscallNumber.Mprotect, stack.Start, stack.Floor - stack.Start, ProtectionFlag.ReadWrite));
        var calls = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows);
        bool made = injector.Run(tracee, registers, calls) && !calls[0].Failed && !calls[^1].Failed;
        _ = Injector.Restore(tracee, registers);
        if (!made)
            return false;
        ulong below = first ? stack.Floor : stack.Lowest;
        _ = space.Map.Remove(lowest, below);
        MapComparison.Enter(space.Map, lowest, below, VmProt.ReadWrite, file: false, shared: false);
        stack.Extension = lowest;
        stack.Growths++;
        return true;
    }

    /// <summary>The end of the nearest mapping, or stack's reservation, below an address.</summary>
    private static ulong Border(AddressSpace space, ulong address)
    {
        ulong border = ThreadStacks.WindowStart - Gap;
        foreach (var entry in space.Map.EnumerateEntries())
        {
            if (entry.Start >= address)
                break;
            border = Math.Max(border, Math.Min(entry.End, address));
        }

        return border;
    }
}
