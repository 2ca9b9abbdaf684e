// Sends a thread through a trampoline slot: one system call on its way, without a stop of its own.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>How far a thread is that was sent through a slot.</summary>
internal enum SlotProgress
{
    /// <summary>The call has not been made yet.</summary>
    Before,

    /// <summary>The call was made and answered as expected; some registers may not have their values back yet.</summary>
    Made,

    /// <summary>The call was made and answered otherwise.</summary>
    Failed,
}

/// <summary>A thread's way through a slot, kept until the thread has been seen outside.</summary>
internal struct SlotPassage
{
    /// <summary>The answer that lets the thread go on by itself.</summary>
    internal ulong Expected;

    /// <summary>The registers it has afterwards.</summary>
    internal Registers After;

    /// <summary>Whether the call is the tracer's; else it is the program's own.</summary>
    internal bool OfTracer;

    /// <summary>The stack that grows by this call, if one does.</summary>
    internal ManagedStack? Growing;

    /// <summary>Where the piece that is being grown ends.</summary>
    internal ulong PieceEnd;

    /// <summary>Where the skirt of that stack began before.</summary>
    internal ulong FormerSkirt;

    /// <summary>The program break before the call.</summary>
    internal ulong FormerBreak;
}

/// <summary>Sends threads through slots and finds out how far they came.</summary>
internal static class SlotCalls
{
    /// <summary>
    /// Sets a stopped thread up to make a call from a slot when it goes on, and then to be where <paramref name="passage"/> says. At a system call's
    /// entry stop, that call is skipped.
    /// </summary>
    /// <returns>False when no slot is free or the thread is gone; nothing has changed then.</returns>
    internal static bool TrySend(Tracee tracee, AddressSpace space, in SyscallRow call, in SlotPassage passage)
    {
        int slot = Take(tracee, space);
        if (slot < 0)
            return false;
        ref readonly var after = ref passage.After;
        ReadOnlySpan<ulong> saved =
        [
            after.Rax, after.Rdi, after.Rsi, after.Rdx, after.R10, after.R8, after.R9, after.Rcx, after.R11, after.Flags, after.Rsp, after.Rip,
            passage.Expected,
        ];
        var trampoline = tracee.Process!.Trampoline;
        if (!TraceeMemory.Write(tracee.Tid, trampoline.SlotData(slot), MemoryMarshal.AsBytes(saved)))
            return false;
        var registers = after;
        registers.Rip = trampoline.SlotCode(slot);
        registers.Rsp = trampoline.SlotData(slot);
        var marked = call;
        SeccompFilter.Mark(ref marked);
        registers.Rax = (ulong)marked.Number;
        registers.Rdi = marked.A1;
        registers.Rsi = marked.A2;
        registers.Rdx = marked.A3;
        registers.R10 = marked.A4;
        registers.R8 = marked.A5;
        registers.R9 = marked.A6;
        registers.OrigRax = Registers.NoSyscall;
        if (!Ptrace.SetRegisters(tracee.Tid, registers))
            return false;
        tracee.Slot = slot;
        tracee.Passage = passage;
        return true;
    }

    /// <summary>How far a thread in a slot is.</summary>
    /// <param name="tracee">The stopped thread; its slot is not negative.</param>
    /// <param name="registers">Its registers, in the trampoline's code.</param>
    /// <param name="result">What the call answered, when it failed.</param>
    internal static SlotProgress Progress(Tracee tracee, in Registers registers, out long result)
    {
        result = 0;
        long at = (long)(registers.Rip - tracee.Process!.Trampoline.SlotCode(tracee.Slot));
        if (at == 0)
            return SlotProgress.Before;
        bool pending = at is >= Trampoline.SlotCompareAt and < Trampoline.SlotReloadAt;
        if (!(pending && registers.Rax != tracee.Passage.Expected) && at is > 0 and < Trampoline.SlotFailedAt)
            return SlotProgress.Made;
        result = (long)(at <= Trampoline.SlotFailedAt ? registers.Rax : registers.Rdi);
        return SlotProgress.Failed;
    }

    /// <summary>A slot that no thread can still be in: the thread's own from last time, or one whose owner has been seen outside since.</summary>
    private static int Take(Tracee tracee, AddressSpace space)
    {
        var owners = space.SlotOwners;
        int free = -1;
        for (int i = 0; i < owners.Length; i++)
        {
            if (owners[i] == tracee)
                return i;
            if (free < 0 && (owners[i] is not { } owner || owner.Slot != i))
                free = i;
        }

        if (free >= 0)
            owners[free] = tracee;
        return free;
    }
}
