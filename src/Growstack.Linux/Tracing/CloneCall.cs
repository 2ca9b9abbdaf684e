// The arguments of the call that made a thread or a process.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>What clone(2) was told, whichever call was made.</summary>
internal static class CloneCall
{
    /// <summary>Finds the flags at the creator's event stop, where its registers still have the call's arguments.</summary>
    internal static ulong Flags(int tid, int birth, in Registers registers) => registers.SyscallNumber switch
    {
        _ when registers.Cs != Registers.Code64 => birth == Ptrace.EventClone ? CloneFlag.SharedMemory | CloneFlag.Thread : birth == Ptrace.EventVfork ? CloneFlag.SharedMemory | CloneFlag.Vfork : 0,
        SyscallNumber.Clone => registers.Rdi,
        SyscallNumber.Clone3 => TraceeMemory.Read(tid, registers.Rdi, out ulong flags) ? flags : 0,
        SyscallNumber.Vfork => CloneFlag.SharedMemory | CloneFlag.Vfork,
        _ => 0,
    };

    /// <summary>The stack that the call names for the child.</summary>
    internal static GivenStack Stack(int tid, in Registers registers)
    {
        const ulong stackAt = 40;
        return registers.SyscallNumber switch
        {
            SyscallNumber.Clone => new GivenStack(0, registers.Rsi),
            SyscallNumber.Clone3 when TraceeMemory.Read(tid, registers.Rdi + stackAt, out (ulong Start, ulong Size) stack) => new GivenStack(stack.Start, stack.Start + stack.Size),
            _ => default,
        };
    }
}
