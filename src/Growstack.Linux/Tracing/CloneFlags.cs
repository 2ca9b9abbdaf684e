// What a new thread or process shares with its creator.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>The flags of clone(2), whichever call was made.</summary>
internal static class CloneFlags
{
    /// <summary>CLONE_VM.</summary>
    internal const ulong SharedMemory = 0x100;

    /// <summary>CLONE_VFORK.</summary>
    internal const ulong Vfork = 0x4000;

    /// <summary>CLONE_THREAD.</summary>
    internal const ulong Thread = 0x10000;

    /// <summary>CLONE_UNTRACED.</summary>
    internal const ulong Untraced = SeccompFilter.CloneUntraced;

    /// <summary>Finds the flags at the creator's event stop, where its registers still have the call's arguments.</summary>
    internal static ulong Of(int tid, int birth, in Registers registers) => registers.SyscallNumber switch
    {
        _ when registers.Cs != Registers.Code64 => birth == Ptrace.EventClone ? SharedMemory | Thread : birth == Ptrace.EventVfork ? SharedMemory | Vfork : 0,
        SyscallNumber.Clone => registers.Rdi,
        SyscallNumber.Clone3 => TraceeMemory.Read(tid, registers.Rdi, out ulong flags) ? flags : 0,
        SyscallNumber.Vfork => SharedMemory | Vfork,
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
