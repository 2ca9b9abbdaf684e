// mprotect(2) and madvise(2): how mappings change.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

internal sealed partial class MemoryCalls
{
    private CallStep EnterMprotect(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong start = registers.Rdi;
        ulong length = registers.Rsi;
        if (!IsRange(start, length))
            return CallStep.Run;
        if ((registers.Rdx & ProtectionFlag.GrowsDown) != 0 && space.FindStack(start) is { } stack && start >= stack.Low)
            return ProtectWholeStack(tracee, space, stack, ref registers);

        if (ThreadStacks.TryManage(space, start, length, (VmProt)(registers.Rdx & ProtectionFlag.All)) is { } made)
        {
            ulong from = Skirts.Lay(space, made);
            var call = CallOf(registers) with { A1 = from, A2 = made.End - from };
            tracee.NewStack = made;
            space.CallsInFlight.Add(tracee, made.Start, made.End);
            if (TryInSlot(tracee, space, registers, call, expected: 0))
                return CallStep.Answered;
            var own = registers;
            registers.Rdi = from;
            registers.Rsi = made.End - from;
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
            registers = own;
            return CallStep.RunToExit;
        }

        foreach (var near in space.Stacks)
            near.Protected(start, End(start, length), (VmProt)(registers.Rdx & ProtectionFlag.All));

        bool certain = space.Map.TryLookup(start, out var entry) && entry.End >= start + length && entry.Inheritance != VmInherit.Share;
        if (space.Map.Protect(start, End(start, length), (VmProt)(registers.Rdx & ProtectionFlag.All)) != KernReturn.Success)
            return CallStep.RunToExit;
        space.CallsInFlight.Add(tracee, start, End(start, length));

        // One private mapping's protection does change. Of a shared file that was opened for reading, or beyond a hole, it may not.
        return certain ? CallStep.Run : TryInSlot(tracee, space, registers, CallOf(registers), expected: 0) ? CallStep.Answered : CallStep.RunToExit;
    }

    /// <summary>
    /// mprotect with PROT_GROWSDOWN means "down to the start of this stack": how a C library makes the stack executable. The kernel accepts
    /// it for stacks of its own kind only, so it is made for what is mapped, with the same answer.
    /// </summary>
    private CallStep ProtectWholeStack(Tracee tracee, AddressSpace space, ManagedStack stack, ref Registers registers)
    {
        ulong end = End(registers.Rdi, registers.Rsi);
        ulong protection = registers.Rdx & ProtectionFlag.All;
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.Mprotect, stack.Low, end - stack.Low, protection)];
        if (!injector.Run(tracee, registers, rows))
            return CallStep.Run;
        if (!rows[0].Failed)
            _ = space.Map.Protect(stack.Low, end, (VmProt)protection);
        return Answer(tracee, ref registers, rows[0].Result);
    }

    /// <summary>madvise(2) has said whether children get a range. With a hole in it the call fails, but holds for the rest.</summary>
    private static void Inherited(Tracee tracee, AddressSpace space, in Registers entry, long result)
    {
        if (result is not (0 or -Errno.ENOMEM) || !IsRange(entry.Rdi, entry.Rsi))
            return;
        ulong end = End(entry.Rdi, entry.Rsi);
        if ((int)entry.Rdx == Advice.DontFork)
        {
            _ = space.Map.Inherit(entry.Rdi, end, VmInherit.None);
            return;
        }

        // Only the kernel remembers which of it is shared.
        foreach (var mapping in KernelMaps.Read(tracee.Tid) ?? [])
        {
            ulong from = Math.Max(mapping.Start, entry.Rdi), to = Math.Min(mapping.End, end);
            if (from < to)
                _ = space.Map.Inherit(from, to, mapping.Shared ? VmInherit.Share : VmInherit.Copy);
        }
    }

    /// <summary>
    /// A thread that ends gives its stack's memory back, but for some pages next to its stack pointer, which would count as the next thread's use of that
    /// stack. They are given back too: below the stack pointer and what may lie beyond it nothing is kept.
    /// </summary>
    private static CallStep EnterMadvise(Tracee tracee, AddressSpace space, in Registers registers)
    {
        const ulong redZone = 128;
        const ulong mostKept = 64 * 1024;
        if ((int)registers.Rdx is Advice.DontFork or Advice.DoFork)
            return CallStep.RunToExit;
        ulong start = registers.Rdi;
        ThreadStacks.Advised(space, tracee.Process!.Pid, start, registers.Rsi, (int)registers.Rdx);
        if ((int)registers.Rdx != Advice.DontNeed || space.FindStack(start) is not { InUse: true } stack || stack.ThreadId != tracee.Tid || !stack.Contains(registers.Rsp))
            return CallStep.Run;
        ulong end = VmPage.RoundDown(registers.Rsp - redZone);
        ulong wanted = start + registers.Rsi;
        return wanted < end && end - wanted <= mostKept && TryInSlot(tracee, space, registers, CallOf(registers) with { A2 = end - start }, expected: 0)
            ? CallStep.Answered
            : CallStep.Run;
    }
}
