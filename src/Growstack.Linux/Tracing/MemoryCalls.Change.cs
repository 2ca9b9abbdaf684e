// mprotect(2), mremap(2) and madvise(2): how mappings change.
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

    private static CallStep EnterMremap(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong oldLength = VmPage.RoundUp(registers.Rsi);
        ulong more = VmPage.RoundUp(registers.Rdx) - Math.Min(oldLength, VmPage.RoundUp(registers.Rdx));
        if (more != 0 && more <= AddressSpace.UserEnd && WouldPassVmem(space, more))
            return Answer(tracee, ref registers, -Errno.ENOMEM);

        // As soon as the kernel has moved it, another thread's mapping may lie there.
        tracee.Moving = IsRange(registers.Rdi, oldLength) && space.Map.TryLookup(registers.Rdi, out var source) ? source : null;
        if (tracee.Moving is not null && ((int)registers.R10 & RemapFlag.DontUnmap) == 0)
        {
            _ = space.Map.Remove(registers.Rdi, registers.Rdi + oldLength);
            space.CallsInFlight.Add(tracee, registers.Rdi, registers.Rdi + oldLength);
        }

        if (((int)registers.R10 & RemapFlag.Fixed) != 0)
            RemoveRange(space, tracee.Process!.Pid, registers.R8, registers.Rdx, keepGaps: false);
        return CallStep.RunToExit;
    }

    private static void Moved(Tracee tracee, AddressSpace space, in Registers entry, ulong address)
    {
        // With an old length of 0 a shared mapping is made a second time.
        if (tracee.Moving is not { } source && !space.Map.TryLookup(entry.Rdi, out source))
            return;
        tracee.Moving = null;
        bool file = source.Object is { Kind: VmObjectKind.Vnode };
        MapComparison.Enter(
            space.Map, address, End(address, entry.Rdx), source.Protection, file, source.Inheritance == VmInherit.Share, file ? source.Offset + (entry.Rdi - source.Start) : 0);
        if (source.Inheritance == VmInherit.None)
            _ = space.Map.Inherit(address, End(address, entry.Rdx), VmInherit.None);
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
