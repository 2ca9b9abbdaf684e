// Threads that were sent through a trampoline slot and are seen again.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    /// <summary>A thread stands where it has made the call it was resumed for.</summary>
    private static void SeenOutside(Tracee tracee)
    {
        tracee.Slot = -1;
        tracee.NewStack = null;
        tracee.Process?.Image?.Space?.CallsInFlight.Remove(tracee);
    }

    /// <summary>
    /// The call made in a slot failed. A growth: the thread repeats its access, and with the piece gone from the map the growth will fail too.
    /// A call of the program's: it gets the answer.
    /// </summary>
    private void LeaveFailedSlot(Tracee tracee, long result)
    {
        if (tracee.Slot >= 0 && tracee.Process?.Image?.Space is { } space)
            TakeOutOfSlot(tracee, space, SlotProgress.Failed, result);
        _ = _placement.Continue(tracee.Tid);
    }

    /// <summary>A thread whose slot's call was not made, or failed, goes on with the registers that fit.</summary>
    private static void TakeOutOfSlot(Tracee tracee, AddressSpace space, SlotProgress progress, long result)
    {
        Registers registers;
        if (tracee.Passage.OfTracer)
        {
            if (tracee.Passage.Growing is { } stack)
                ForgetPiece(space, stack, tracee.Passage);
            registers = tracee.Passage.After;
        }
        else if (progress == SlotProgress.Failed)
        {
            MemoryCalls.FailedInSlot(tracee, space, result, out registers);
        }
        else
        {
            MemoryCalls.NotMadeInSlot(tracee, space, out registers);
        }

        SeenOutside(tracee);
        _ = Injector.Restore(tracee, registers);
    }

    /// <summary>A piece of a stack could not be made: the next growth finds it missing and fails.</summary>
    private static void ForgetPiece(AddressSpace space, ManagedStack stack, in SlotPassage passage)
    {
        _ = space.Map.Remove(stack.Low, passage.PieceEnd);
        stack.Low = passage.PieceEnd;
        stack.Skirt = passage.FormerSkirt;
        stack.Growths--;
    }
}
