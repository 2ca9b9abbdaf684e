// Keeps the map equal to the kernel's: follows the program's memory system calls.
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>How a system call that has been stopped at its entry goes on.</summary>
internal enum CallStep
{
    /// <summary>It runs; nothing more is to be learnt from it.</summary>
    Run,

    /// <summary>It runs, and its answer is needed.</summary>
    RunToExit,

    /// <summary>It has been answered in the kernel's place.</summary>
    Answered,
}

/// <summary>
/// What takes mappings away is entered in the map before the kernel does it, what adds mappings after: so a range that another thread is given
/// in between is never taken from the map again, however the two threads' stops are ordered.
/// </summary>
internal sealed class MemoryCalls(Injector injector)
{
    /// <summary>Looks at a call at its entry stop.</summary>
    /// <param name="tracee">The stopped thread.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="registers">Its registers; changed ones have been written back unless the answer is Run or RunToExit without change.</param>
    internal CallStep AtEntry(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        switch (registers.SyscallNumber)
        {
            case SyscallNumber.Mmap:
                return EnterMmap(tracee, space, ref registers);
            case SyscallNumber.Munmap:
                RemoveRange(space, registers.Rdi, registers.Rsi);
                return CallStep.Run;
            case SyscallNumber.Mprotect:
            case SyscallNumber.PkeyMprotect:
                return EnterMprotect(tracee, space, ref registers);
            case SyscallNumber.Brk:
                return EnterBrk(tracee, space, ref registers);
            case SyscallNumber.Mremap:
                return EnterMremap(tracee, space, ref registers);
            case SyscallNumber.Madvise:
                ThreadStacks.BeforeDiscard(space, tracee.Process!.Pid, registers.Rdi, registers.Rsi);
                return CallStep.Run;
            case SyscallNumber.RtSigaction:
                NoteSegvAction(tracee, registers);
                return CallStep.Run;
            case SyscallNumber.Shmat:
            case SyscallNumber.Shmdt:
            case SyscallNumber.Prlimit64:
            case SyscallNumber.Setrlimit:
            case SyscallNumber.RemapFilePages:
            case SyscallNumber.MapShadowStack:
                return CallStep.RunToExit;
            default:
                return CallStep.Run;
        }
    }

    /// <summary>Enters what a call did, at its exit stop.</summary>
    /// <param name="tracee">The stopped thread; <see cref="Tracee.AtEntry"/> has the program's own arguments.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="registers">Its registers now; argument registers that were changed at the entry are put right.</param>
    /// <returns>Whether the registers were changed.</returns>
    internal static bool AtExit(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ref readonly var entry = ref tracee.AtEntry;
        bool changed = registers.Rdi != entry.Rdi || registers.Rsi != entry.Rsi || registers.R10 != entry.R10;
        registers.Rdi = entry.Rdi;
        registers.Rsi = entry.Rsi;
        registers.R10 = entry.R10;
        bool placed = tracee.PlacedStack;
        var managed = tracee.NewStack;
        tracee.PlacedStack = false;
        tracee.NewStack = null;
        if ((long)registers.Rax is < 0 and >= -4095)
        {
            // Something of the host's own lies in the window: the call is made again, where the kernel likes.
            if (placed && (long)registers.Rax == -Errno.EEXIST)
            {
                tracee.PlaceNoMore = true;
                registers.Rip -= 2;
                registers.Rax = SyscallNumber.Mmap;
                registers.OrigRax = Registers.NoSyscall;
                _ = MapComparison.Difference(space, tracee.Tid, adopt: true);
                return true;
            }

            if (managed is not null)
                _ = space.Stacks.Remove(managed);
            return changed;
        }

        if (managed is not null)
            return true;
        if (placed)
            space.StackCandidates[registers.Rax] = registers.Rax + VmPage.RoundUp(entry.Rsi);
        switch (entry.SyscallNumber)
        {
            case SyscallNumber.Mmap:
                EnterMapping(space, registers.Rax, entry);
                break;
            case SyscallNumber.Mprotect:
            case SyscallNumber.PkeyMprotect:
                _ = space.Map.Protect(entry.Rdi, End(entry.Rdi, entry.Rsi), (VmProt)(entry.Rdx & ProtectionFlag.All));
                break;
            case SyscallNumber.Brk:
                MoveBreak(space, registers.Rax);
                break;
            case SyscallNumber.Mremap:
                Moved(space, entry, registers.Rax);
                break;
            case SyscallNumber.Shmat:
            case SyscallNumber.Shmdt:
            case SyscallNumber.RemapFilePages:
            case SyscallNumber.MapShadowStack:
                // How large the segment is, only the kernel knows.
                _ = MapComparison.Difference(space, tracee.Tid, adopt: true);
                break;
            case SyscallNumber.Prlimit64:
                if (entry.Rdx != 0 && (entry.Rdi == 0 || (int)entry.Rdi == tracee.Process!.Pid))
                    TakeLimits(space, tracee.Process!.Pid);
                break;
            case SyscallNumber.Setrlimit:
                TakeLimits(space, tracee.Process!.Pid);
                break;
        }

        return changed;
    }

    private static ulong End(ulong start, ulong length) => start + VmPage.RoundUp(length);

    /// <summary>Whether a range is one the kernel would look at: aligned, not empty, within user space.</summary>
    private static bool IsRange(ulong start, ulong length) =>
        length != 0 && length <= AddressSpace.UserEnd && start % VmPage.Size == 0 && start <= AddressSpace.UserEnd - Math.Min(VmPage.RoundUp(length), AddressSpace.UserEnd);

    private static CallStep EnterMmap(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong length = registers.Rsi;
        if (length == 0 || length > AddressSpace.UserEnd)
            return CallStep.Run;
        ulong bytes = VmPage.RoundUp(length);
        if (WouldPassVmem(space, bytes))
            return Answer(tracee, ref registers, -Errno.ENOMEM);

        ulong hint = registers.Rdi;
        int flags = (int)registers.R10;
        if ((flags & MapFlag.FixedNoReplace) != 0)
            return TouchesGap(space, hint, hint + bytes) ? Answer(tracee, ref registers, -Errno.EEXIST) : CallStep.RunToExit;
        if ((flags & MapFlag.Fixed) != 0)
        {
            RemoveRange(space, hint, length, keepGaps: false);
            return CallStep.RunToExit;
        }

        var own = registers;
        if (!tracee.PlaceNoMore && ThreadStacks.TryPlace(space, ref registers))
        {
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
            registers = own;
            tracee.PlacedStack = true;
            return CallStep.RunToExit;
        }

        tracee.PlaceNoMore = false;

        // A mere wish for an address in a stack's reservation is not granted: natively the stack would lie there or its guard gap.
        if (hint != 0 && TouchesGap(space, hint, hint + bytes))
        {
            registers.Rdi = 0;
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
            registers = own;
        }

        return CallStep.RunToExit;
    }

    private static void EnterMapping(AddressSpace space, ulong start, in Registers entry)
    {
        ulong length = VmPage.RoundUp(entry.Rsi);
        int flags = (int)entry.R10;
        if ((flags & MapFlag.HugeTlb) != 0)
        {
            const int sizeShift = 26;
            int log = (flags >> sizeShift) & 0x3f;
            ulong page = 1UL << (log == 0 ? 21 : log);
            length = (length + page - 1) & ~(page - 1);
        }

        bool anonymous = (flags & MapFlag.Anonymous) != 0;
        bool shared = (flags & MapFlag.TypeMask) != 2;
        MapComparison.Enter(space.Map, start, start + length, (VmProt)(entry.Rdx & ProtectionFlag.All), !anonymous, shared, anonymous ? 0 : entry.R9);
    }

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
            var own = registers;
            registers.Rdi = made.Low;
            registers.Rsi = made.End - made.Low;
            _ = Ptrace.SetRegisters(tracee.Tid, registers);
            registers = own;
            tracee.NewStack = made;
            return CallStep.RunToExit;
        }

        foreach (var near in space.Stacks)
            near.Protected(start, End(start, length), (VmProt)(registers.Rdx & ProtectionFlag.All));

        // Only a shared mapping of a file that was opened for reading can refuse; what is private is predicted and needs no second stop.
        return space.Map.TryLookup(start, out var entry) && entry.End >= start + length && entry.Inheritance != VmInherit.Share
            && space.Map.Protect(start, End(start, length), (VmProt)(registers.Rdx & ProtectionFlag.All)) == KernReturn.Success
            ? CallStep.Run
            : CallStep.RunToExit;
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

    private static CallStep EnterBrk(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong wanted = registers.Rdi;
        if (space.Break != 0 && wanted > space.Break && WouldPassVmem(space, VmPage.RoundUp(wanted) - VmPage.RoundUp(space.Break)))
            return Answer(tracee, ref registers, (long)space.Break);
        return CallStep.RunToExit;
    }

    private static void MoveBreak(AddressSpace space, ulong now)
    {
        ulong before = VmPage.RoundUp(space.Break);
        ulong after = VmPage.RoundUp(now);
        if (space.Break != 0 && after > before)
            MapComparison.Enter(space.Map, before, after, VmProt.ReadWrite, file: false, shared: false);
        else if (space.Break != 0 && after < before)
            _ = space.Map.Remove(after, before);
        space.Break = now;
    }

    private static CallStep EnterMremap(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong more = VmPage.RoundUp(registers.Rdx) - Math.Min(VmPage.RoundUp(registers.Rsi), VmPage.RoundUp(registers.Rdx));
        return more != 0 && more <= AddressSpace.UserEnd && WouldPassVmem(space, more) ? Answer(tracee, ref registers, -Errno.ENOMEM) : CallStep.RunToExit;
    }

    private static void Moved(AddressSpace space, in Registers entry, ulong address)
    {
        const int dontUnmap = 4;
        ulong oldLength = VmPage.RoundUp(entry.Rsi);
        ulong newLength = VmPage.RoundUp(entry.Rdx);
        if (!space.Map.TryLookup(entry.Rdi, out var source))
            return;
        bool keep = oldLength == 0 || ((int)entry.R10 & dontUnmap) != 0;
        if (!keep)
            _ = space.Map.Remove(entry.Rdi, entry.Rdi + oldLength);
        bool file = source.Object is { Kind: VmObjectKind.Vnode };
        MapComparison.Enter(
            space.Map, address, address + newLength, source.Protection, file, source.Inheritance == VmInherit.Share, file ? source.Offset + (entry.Rdi - source.Start) : 0);
    }

    private static void NoteSegvAction(Tracee tracee, in Registers registers)
    {
        if (registers.Rsi != 0 && TraceeMemory.Read(tracee.Tid, registers.Rsi, out KernelAction action))
            tracee.Process!.SegvAction = action;
    }

    private static void TakeLimits(AddressSpace space, int pid) => space.Vm.Limits = space.Vm.Limits with { Stack = ExecSetup.StackLimitOf(pid) };

    /// <summary>Takes a range out of the map. What a stack has not grown into is no mapping of the host, so unmapping does not touch it.</summary>
    private static void RemoveRange(AddressSpace space, ulong start, ulong length, bool keepGaps = true)
    {
        if (!IsRange(start, length))
            return;
        ulong end = End(start, length);
        ThreadStacks.Forget(space, start, end);
        if (keepGaps)
        {
            foreach (var stack in space.Stacks)
            {
                if (stack.Kind != StackKind.Main || start >= stack.Low || end <= stack.Start)
                    continue;
                if (start < stack.Start)
                    _ = space.Map.Remove(start, stack.Start);
                if (end <= stack.Low)
                    return;
                start = stack.Low;
            }
        }

        _ = space.Map.Remove(start, end);
    }

    private static bool TouchesGap(AddressSpace space, ulong start, ulong end)
    {
        foreach (var stack in space.Stacks)
        {
            if (start < stack.Low && end > stack.Start)
                return true;
        }

        return false;
    }

    private static bool WouldPassVmem(AddressSpace space, ulong more)
    {
        ulong limit = space.Vm.Limits.Vmem;
        return limit != VmSystem.Infinity && (space.Map.Size > limit || more > limit - space.Map.Size);
    }

    /// <summary>Answers a call in the kernel's place: with the number -1 it is skipped and rax is what the program gets.</summary>
    private static CallStep Answer(Tracee tracee, ref Registers registers, long result)
    {
        registers.OrigRax = Registers.NoSyscall;
        registers.Rax = (ulong)result;
        _ = Ptrace.SetRegisters(tracee.Tid, registers);
        return CallStep.Answered;
    }
}
