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

    /// <summary>It has been answered in the kernel's place, or the thread makes it in a slot of the trampoline when it goes on.</summary>
    Answered,
}

/// <summary>
/// What takes mappings away is entered in the map before the kernel does it; what adds mappings at an address of the kernel's choice, after: so a
/// range that another thread is given in between is never taken from the map again, however the two threads' stops are ordered. Where the answer
/// is known beforehand the call needs one stop: it is entered in the map, made in a slot of the trampoline, and taken back should it fail.
/// </summary>
internal sealed partial class MemoryCalls(Injector injector, Skirts skirts, IReadOnlyDictionary<int, TracedProcess> processes)
{
    /// <summary>Looks at a call at its entry stop.</summary>
    /// <param name="tracee">The stopped thread.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="registers">Its registers; changed ones have been written back unless the answer is Run or RunToExit without change.</param>
    internal CallStep AtEntry(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        if (CutsStack(space, registers) is { } cut)
            return StackRelease.Release(injector, tracee, space, cut, ref registers);
        if (space.Watch is not null && TakesSkirt(tracee, space, registers))
            return CallAgain(tracee, ref registers);
        switch (registers.SyscallNumber)
        {
            case SyscallNumber.Mmap:
                return EnterMmap(tracee, space, ref registers);
            case SyscallNumber.Munmap:
                RemoveRange(space, tracee.Process!.Pid, registers.Rdi, registers.Rsi);
                if (IsRange(registers.Rdi, registers.Rsi))
                    space.CallsInFlight.Add(tracee, registers.Rdi, End(registers.Rdi, registers.Rsi));
                return CallStep.Run;
            case SyscallNumber.Mprotect:
            case SyscallNumber.PkeyMprotect:
                return EnterMprotect(tracee, space, ref registers);
            case SyscallNumber.Brk:
                return EnterBrk(tracee, space, ref registers);
            case SyscallNumber.Mremap:
                return EnterMremap(tracee, space, ref registers);
            case SyscallNumber.Madvise:
                return EnterMadvise(tracee, space, registers);
            case SyscallNumber.RtSigaction:
                NoteSegvAction(tracee, registers);
                return CallStep.Run;
            case SyscallNumber.Seccomp:
            case SyscallNumber.Prctl:
                tracee.Process!.OwnFilter = true;
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
    internal bool AtExit(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ref readonly var entry = ref tracee.AtEntry;
        bool changed = registers.Rdi != entry.Rdi || registers.Rsi != entry.Rsi || registers.R10 != entry.R10;
        registers.Rdi = entry.Rdi;
        registers.Rsi = entry.Rsi;
        registers.R10 = entry.R10;
        if (entry.SyscallNumber == SyscallNumber.Madvise)
        {
            Inherited(tracee, space, entry, (long)registers.Rax);
            return changed;
        }

        if ((long)registers.Rax is < 0 and >= -Errno.Largest)
            return TakeBack(tracee, space, (long)registers.Rax, ref registers) || changed;

        bool placed = tracee.PlacedStack;
        var managed = tracee.NewStack;
        tracee.PlacedStack = false;
        tracee.NewStack = null;
        if (managed is not null)
            return true;
        if (placed && entry.Rdx == 0)
            space.StackCandidates[registers.Rax] = registers.Rax + VmPage.RoundUp(entry.Rsi);
        switch (entry.SyscallNumber)
        {
            case SyscallNumber.Mmap:
                EnterMapping(space, registers.Rax, entry);
                LearnChoice(space, registers.Rax, entry);
                break;
            case SyscallNumber.Mprotect:
            case SyscallNumber.PkeyMprotect:
                if (space.Map.Protect(entry.Rdi, End(entry.Rdi, entry.Rsi), (VmProt)(entry.Rdx & ProtectionFlag.All)) != KernReturn.Success)
                    Adopt(tracee, space);
                break;
            case SyscallNumber.Brk:
                MoveBreak(space, registers.Rax);
                break;
            case SyscallNumber.Mremap:
                Moved(tracee, space, entry, registers.Rax);
                break;
            case SyscallNumber.Shmat:
            case SyscallNumber.Shmdt:
            case SyscallNumber.RemapFilePages:
            case SyscallNumber.MapShadowStack:
                // How large the segment is, only the kernel knows.
                Adopt(tracee, space);
                break;
            case SyscallNumber.Prlimit64:
                if (entry.Rdi == 0)
                    TakeLimits(space, tracee.Process!.Pid);
                else
                    TakeAllLimits();
                break;
            case SyscallNumber.Setrlimit:
                TakeLimits(space, tracee.Process!.Pid);
                break;
        }

        // The calls made in the thread have left it at one of theirs.
        if (space.Watch is null || !skirts.CutToLimit(tracee, space, registers))
            return changed;
        registers.OrigRax = Registers.NoSyscall;
        return true;
    }

    /// <summary>The thread's stack that a call would take apart, if any.</summary>
    private static ManagedStack? CutsStack(AddressSpace space, in Registers registers)
    {
        bool takes = registers.SyscallNumber is SyscallNumber.Munmap or SyscallNumber.Mremap
            || (registers.SyscallNumber == SyscallNumber.Mmap && (registers.R10 & (MapFlag.Fixed | MapFlag.FixedNoReplace)) == MapFlag.Fixed);
        return takes && space.Stacks.Count > 1 && IsRange(registers.Rdi, registers.Rsi)
            ? StackRelease.CutBy(space, registers.Rdi, End(registers.Rdi, registers.Rsi), moves: registers.SyscallNumber == SyscallNumber.Mremap)
            : null;
    }

    /// <summary>Has the program's call made in a slot when the thread goes on, its answer being known; false when that cannot be.</summary>
    /// <param name="tracee">The stopped thread.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="entry">Its registers at the call's entry, as the program made it.</param>
    /// <param name="call">The call as it is to be made.</param>
    /// <param name="expected">The answer that the program gets.</param>
    private static bool TryInSlot(Tracee tracee, AddressSpace space, in Registers entry, in SyscallRow call, ulong expected)
    {
        if (tracee.Process!.OwnFilter)
            return false;
        var passage = new SlotPassage { Expected = expected, After = entry, FormerBreak = space.Break };
        passage.After.Rax = expected;
        passage.After.OrigRax = Registers.NoSyscall;
        if (!SlotCalls.TrySend(tracee, space, call, passage))
            return false;
        tracee.AtEntry = entry;
        return true;
    }

    private static SyscallRow CallOf(in Registers registers) =>
        new(registers.SyscallNumber, registers.Rdi, registers.Rsi, registers.Rdx, registers.R10, registers.R8, registers.R9);

    private static ulong End(ulong start, ulong length) => start + VmPage.RoundUp(length);

    /// <summary>Whether a range is one the kernel would look at: aligned, not empty, within user space.</summary>
    private static bool IsRange(ulong start, ulong length) =>
        length != 0 && length <= AddressSpace.UserEnd && start % VmPage.Size == 0 && start <= AddressSpace.UserEnd - Math.Min(VmPage.RoundUp(length), AddressSpace.UserEnd);

    private static void NoteSegvAction(Tracee tracee, in Registers registers)
    {
        if (registers.Rsi != 0 && TraceeMemory.Read(tracee.Tid, registers.Rsi, out KernelAction action))
            tracee.Process!.SegvAction = action;
    }

    /// <summary>The limits of any process may have changed: which one is meant is known in the caller's own numbering of processes only.</summary>
    private void TakeAllLimits()
    {
        foreach (var process in processes.Values)
        {
            if (process.Image is { Borrowed: false, Space: { } space })
                TakeLimits(space, process.Pid);
        }
    }

    private static void TakeLimits(AddressSpace space, int pid) => space.StackLimit = ExecSetup.StackLimitOf(pid);

    /// <summary>Takes a range out of the map. What a stack has not grown into is no mapping of the host, so unmapping does not touch it.</summary>
    private static void RemoveRange(AddressSpace space, int pid, ulong start, ulong length, bool keepGaps = true)
    {
        if (!IsRange(start, length))
            return;
        ulong end = End(start, length);
        ThreadStacks.Forget(space, pid, start, end);
        if (keepGaps)
        {
            foreach (var stack in space.Stacks)
            {
                if (stack.Kind != StackKind.Main || start >= stack.Low || end <= stack.Start)
                    continue;
                if (start < stack.Start)
                    _ = space.Map.Remove(start, stack.Start);
                RemoveFromGap(space, Math.Max(start, stack.Start), Math.Min(end, stack.Low));
                if (end <= stack.Low)
                    return;
                start = stack.Low;
            }
        }

        _ = space.Map.Remove(start, end);
    }

    /// <summary>Takes out of the map what the program itself has put where a stack may grow to.</summary>
    private static void RemoveFromGap(AddressSpace space, ulong start, ulong end)
    {
        foreach (var entry in space.Map.Entries.Where(entry => entry.Start < end && entry.End > start && entry is { IsGap: false, IsGuard: false }).ToArray())
            _ = space.Map.Remove(Math.Max(start, entry.Start), Math.Min(end, entry.End));
    }

    /// <summary>Whether nothing is mapped in a range, on its way there, or may grow there.</summary>
    private static bool IsFree(AddressSpace space, ulong start, ulong end) =>
        space.Map.FindSpace(start, end - start, out ulong at) && at == start && !space.CallsInFlight.Touch(start, end) && !TouchesGap(space, start, end);

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
