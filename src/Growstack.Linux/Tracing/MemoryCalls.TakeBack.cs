// Calls that were entered in the map and that the kernel did not carry out.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class MemoryCalls
{
    /// <summary>A call that was made in a slot failed: what was entered for it is taken back.</summary>
    /// <param name="tracee">The stopped thread; <see cref="Tracee.AtEntry"/> has the program's own arguments.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="result">What the kernel answered.</param>
    /// <param name="registers">The registers with which the program goes on.</param>
    internal static void FailedInSlot(Tracee tracee, AddressSpace space, long result, out Registers registers)
    {
        registers = tracee.Passage.After;
        registers.Rax = (ulong)result;
        _ = TakeBack(tracee, space, result, ref registers);
    }

    /// <summary>A thread left its slot before the call was made: the program is to make its call anew.</summary>
    /// <param name="tracee">The stopped thread; <see cref="Tracee.AtEntry"/> has the program's own arguments.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="registers">The registers with which the program goes on.</param>
    internal static void NotMadeInSlot(Tracee tracee, AddressSpace space, out Registers registers)
    {
        registers = default;
        bool isBreak = tracee.AtEntry.SyscallNumber == SyscallNumber.Brk;
        _ = TakeBack(tracee, space, isBreak ? (long)tracee.Passage.FormerBreak : -Errno.EINTR, ref registers);
        Rewind(tracee, out registers);
    }

    /// <summary>Takes out of the map what was entered for a call that the kernel did not carry out.</summary>
    /// <returns>Whether the registers were changed.</returns>
    private static bool TakeBack(Tracee tracee, AddressSpace space, long result, ref Registers registers)
    {
        bool chosen = tracee.PlacedStack;
        tracee.PlacedStack = false;

        // It is not on its way any more: what the kernel has there now counts.
        space.CallsInFlight.Remove(tracee);
        ref readonly var entry = ref tracee.AtEntry;
        switch (entry.SyscallNumber)
        {
            case SyscallNumber.Brk:
                // brk(2) has no errors: it answers with the break as it is.
                MoveBreak(space, (ulong)result);
                return false;
            case SyscallNumber.Mmap when tracee.Slot >= 0 && ((int)entry.R10 & (MapFlag.Fixed | MapFlag.FixedNoReplace)) == 0:
                // Another thread's mapping may have been entered there since: it is not to be removed unseen.
                _ = space.StackCandidates.Remove(tracee.Passage.Expected);
                Adopt(tracee, space);
                chosen = true;
                break;
            case SyscallNumber.Mprotect when tracee.NewStack is { } made:
                _ = space.Stacks.Remove(made);
                space.StackCandidates[made.Start] = made.End;
                tracee.NewStack = null;
                Adopt(tracee, space);
                return false;
            case SyscallNumber.Mremap when tracee.Slot >= 0:
                // It cannot stay where it is. Made as the program made it, it may move.
                Adopt(tracee, space);
                return result != -Errno.EINTR && MakeAnew(tracee, out registers);
            case SyscallNumber.Mremap when tracee.Moving is not null:
                tracee.Moving = null;
                Adopt(tracee, space);
                return false;
            case SyscallNumber.Mprotect or SyscallNumber.PkeyMprotect:
            case SyscallNumber.Mmap when ((int)entry.R10 & (MapFlag.Fixed | MapFlag.FixedNoReplace)) != 0:
                // A call that failed may have done a part of its work: a fixed mapping has taken away what lay there, or a protection holds up to a hole.
                Adopt(tracee, space);
                return false;
        }

        if (!chosen || result is not (-Errno.EEXIST or -Errno.EINVAL))
            return false;

        // Something that the map does not know lies at the address the tracer chose, or it is memory that only the kernel may place, as an io_uring's: the
        // call is made again, where the kernel likes.
        if (tracee.Slot < 0)
            Adopt(tracee, space);
        return MakeAnew(tracee, out registers);
    }

    /// <summary>Has the program make its call anew, with all that is in it left to the kernel.</summary>
    private static bool MakeAnew(Tracee tracee, out Registers registers)
    {
        tracee.PlaceNoMore = true;
        Rewind(tracee, out registers);
        return true;
    }

    /// <summary>The registers with which the program makes the call at <see cref="Tracee.AtEntry"/> anew.</summary>
    private static void Rewind(Tracee tracee, out Registers registers)
    {
        registers = tracee.AtEntry;
        registers.StepBackTo(registers.OrigRax);
    }

    /// <summary>Takes the kernel's word for what is mapped.</summary>
    private static void Adopt(Tracee tracee, AddressSpace space) => _ = MapComparison.Difference(space, tracee.Tid, adopt: true);
}
