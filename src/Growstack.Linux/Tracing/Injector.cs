// Makes system calls in a stopped tracee.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Makes system calls in a stopped tracee. While it does, the tracee's signals are blocked, so that none arrives with the trampoline's
/// registers; what cannot be blocked is kept and sent again. Afterwards the tracee stands at a system call stop that must be left by
/// <see cref="Restore"/> and a resumption.
/// </summary>
/// <param name="stops">Where the tracee's next stop is waited for.</param>
/// <param name="placement">Resumes the tracee.</param>
internal sealed unsafe class Injector(StopQueue stops, Placement placement)
{
    /// <summary>Makes the calls of a table by way of the trampoline.</summary>
    /// <param name="tracee">The stopped thread.</param>
    /// <param name="registers">Its registers at this stop; they stay as they are.</param>
    /// <param name="rows">The calls; answers are put into them. At most <see cref="Trampoline.TableRows"/>.</param>
    /// <param name="scratch">Written to <see cref="Trampoline.Scratch"/> before; at most <see cref="Trampoline.ScratchBytes"/>.</param>
    /// <param name="prepared">Whether the table has been written already.</param>
    /// <returns>False when the tracee died or its memory is out of reach.</returns>
    internal bool Run(Tracee tracee, in Registers registers, Span<SyscallRow> rows, ReadOnlySpan<byte> scratch = default, bool prepared = false)
    {
        int tid = tracee.Tid;
        var trampoline = tracee.Process!.Trampoline;
        if (!prepared && !WriteTable(tid, trampoline, rows))
            return false;
        if (!scratch.IsEmpty && !TraceeMemory.Write(tid, trampoline.Scratch, scratch))
            return false;

        var call = registers;
        call.Rip = trampoline.Base;
        call.Rbx = trampoline.Data;
        call.OrigRax = Registers.NoSyscall;
        if (!Go(tid, call, out _))
            return false;
        return TraceeMemory.Read(tid, trampoline.Data, MemoryMarshal.AsBytes(rows));
    }

    private static bool WriteTable(int tid, Trampoline trampoline, ReadOnlySpan<SyscallRow> rows)
    {
        Span<SyscallRow> table = stackalloc SyscallRow[Trampoline.TableRows + 1];
        Fill(table, rows);
        return TraceeMemory.Write(tid, trampoline.Data, MemoryMarshal.AsBytes(table[..(rows.Length + 1)]));
    }

    /// <summary>Fills a table with calls of the tracer's.</summary>
    internal static void Fill(Span<SyscallRow> table, ReadOnlySpan<SyscallRow> rows)
    {
        rows.CopyTo(table);
        foreach (ref var row in table[..rows.Length])
            SeccompFilter.Mark(ref row);
        table[rows.Length] = SyscallRow.End;
    }

    /// <summary>
    /// Makes one anonymous mmap where there is no trampoline yet: the code for it is lent to the program at its current address. The tracee may stand at
    /// its exec event: that the kernel has yet to put execve's answer into rax does no harm.
    /// </summary>
    /// <returns>The answer, or null when the tracee died or its memory is out of reach.</returns>
    internal long? MapFirst(Tracee tracee, in Registers registers, TraceeFile memory, ulong address, ulong length, int protection, int flags)
    {
        ReadOnlySpan<byte> lent =
        [
            0xb8, SyscallNumber.Mmap, 0, 0, 0, // mov eax, SYS_mmap
            0x0f, 0x05, //                        syscall
            0x48, 0x89, 0xc7, //                  mov rdi, rax
            0xb8, 0x77, 0x6f, 0x72, 0x67, //      mov eax, Report
            0x0f, 0x05, //                        syscall
        ];
        Span<byte> own = stackalloc byte[lent.Length];
        if (!memory.Read(registers.Rip, own) || !memory.Write(registers.Rip, lent))
            return null;
        var call = registers;
        call.OrigRax = Registers.NoSyscall;
        call.Rdi = address;
        call.Rsi = length;
        call.Rdx = (ulong)protection;
        call.R10 = (ulong)flags;
        call.R8 = ((ulong)SeccompFilter.OwnMark << 32) | uint.MaxValue;
        call.R9 = 0;
        if (!Go(tracee.Tid, call, out var after) || !memory.Write(registers.Rip, own))
            return null;
        return (long)after.Rdi;
    }

    /// <summary>
    /// Gives the tracee the registers it had when the calls began. A call that a signal had interrupted is made again: the kernel's own
    /// decision to restart it is lost by then, and with the signal sent again it is interrupted again where it matters.
    /// </summary>
    internal static bool Restore(Tracee tracee, in Registers registers)
    {
        const long restartSyscall = 219;
        const long restartBlock = -516;
        var back = registers;
        if (registers.AwaitsRestart)
            back.StepBackTo((long)registers.Rax == restartBlock ? restartSyscall : registers.OrigRax);
        back.OrigRax = Registers.NoSyscall;
        return Ptrace.SetRegisters(tracee.Tid, back);
    }

    /// <summary>Runs the tracee from the given registers to the reporting call.</summary>
    private bool Go(int tid, in Registers from, out Registers at)
    {
        at = default;
        if (!Ptrace.GetSignalMask(tid, out ulong mask) || !Ptrace.SetSignalMask(tid, ulong.MaxValue) || !Ptrace.SetRegisters(tid, from))
            return false;
        bool again = false;
        while (true)
        {
            if (!placement.Continue(tid) || !stops.WaitFor(tid, out var status))
                return false;
            if (status.Event == Ptrace.EventSeccomp)
                break;

            // Of blocked signals only SIGSTOP gets through; that, and a group stop that is left here, is made up for afterwards.
            again |= Signal.IsStop(status.StopSignal);
        }

        if (!Ptrace.GetRegisters(tid, out at) || !Ptrace.SetSignalMask(tid, mask))
            return false;
        if (again)
            _ = Libc.Kill(tid, Signal.STOP);
        return at.SyscallNumber == SyscallNumber.Report;
    }
}
