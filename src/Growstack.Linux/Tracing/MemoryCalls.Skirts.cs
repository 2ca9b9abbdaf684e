// Calls that would meet a skirt, where natively nothing is mapped.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class MemoryCalls
{
    /// <summary>
    /// Takes a skirt away before a call that natively would find nothing mapped there, and all of them before memory is locked.
    /// </summary>
    /// <returns>Whether calls were made in the thread, which then has to make its own anew.</returns>
    private bool TakesSkirt(Tracee tracee, AddressSpace space, in Registers registers)
    {
        if (registers.SyscallNumber == SyscallNumber.Mlockall)
            return skirts.GiveUp(tracee, space, registers);
        bool changes = registers.SyscallNumber is SyscallNumber.Munmap or SyscallNumber.Mremap or SyscallNumber.Mprotect or SyscallNumber.PkeyMprotect
            || (registers.SyscallNumber == SyscallNumber.Mmap && (registers.R10 & MapFlag.Fixed) != 0);
        if (!changes || !IsRange(registers.Rdi, registers.Rsi))
            return false;

        // With PROT_GROWSDOWN the protection of the whole stack changes, down to its edge.
        bool whole = registers.SyscallNumber == SyscallNumber.Mprotect && (registers.Rdx & ProtectionFlag.GrowsDown) != 0;
        ulong end = End(registers.Rdi, registers.Rsi);
        var stack = whole ? space.FindStack(registers.Rdi) : Skirts.TouchedBy(space, registers.Rdi, end);
        return stack is not null && stack.Skirt < stack.Low && skirts.Cut(tracee, space, stack, stack.Low, registers);
    }

    private static CallStep CallAgain(Tracee tracee, ref Registers registers)
    {
        registers.StepBackTo(registers.OrigRax);
        _ = Ptrace.SetRegisters(tracee.Tid, registers);
        return CallStep.Answered;
    }
}
