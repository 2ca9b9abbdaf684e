// Gives a thread's stack back to the program as the plain memory it natively is.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// A program may cut its thread's stack apart or move it, which natively works on one mapping. Before it does, what has not been grown into is made
/// accessible again, and the stack leaves the map; then the program's call is made anew.
/// </summary>
internal static class StackRelease
{
    /// <summary>The stack of which a call would change a part that the map does not expect to lose: not all of it, unless it is moved, and not its lower end.</summary>
    internal static ManagedStack? CutBy(AddressSpace space, ulong start, ulong end, bool moves)
    {
        foreach (var stack in space.Stacks)
        {
            bool whole = !moves && start <= stack.Floor && end >= stack.End;
            bool lowerEnd = !moves && start <= stack.Start && end <= stack.Low;
            if (stack.Kind == StackKind.Thread && start < stack.End && end > stack.Start && !whole && !lowerEnd)
                return stack;
        }

        return null;
    }

    /// <summary>Releases a stack at the entry of a call, which the tracee then makes again.</summary>
    internal static CallStep Release(Injector injector, Tracee tracee, AddressSpace space, ManagedStack stack, ref Registers registers)
    {
        if (!space.Map.TryLookup(stack.End - 1, out var piece))
            return CallStep.Run;
        if (stack.InUse)
            stack.Measure(tracee.Process!.Pid);
        if (stack.Low > stack.Floor)
        {
            Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.Mprotect, stack.Floor, stack.Low - stack.Floor, (ulong)(piece.Protection & VmProt.All))];
            if (!injector.Run(tracee, registers, rows))
                return CallStep.Run;
        }

        _ = space.Watch?.Free(stack.Skirt, stack.Low);
        ThreadStacks.Undo(space, stack, piece.Protection);
        stack.IsGone = true;
        registers.StepBackTo(registers.OrigRax);
        _ = Ptrace.SetRegisters(tracee.Tid, registers);
        return CallStep.Answered;
    }
}
