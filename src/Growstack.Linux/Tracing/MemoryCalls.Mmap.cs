// mmap(2) and brk(2): where mappings come from.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

internal sealed partial class MemoryCalls
{
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
        if ((flags & MapFlag.GrowsDown) != 0)
            space.MmapArea.LeftToKernel = true;
        if ((flags & MapFlag.FixedNoReplace) != 0)
        {
            if (TouchesGap(space, hint, hint + bytes))
                return Answer(tracee, ref registers, -Errno.EEXIST);
            return IsRange(hint, length) && IsFree(space, hint, hint + bytes) && TryMapInSlot(tracee, space, registers, hint, flags) ? CallStep.Answered : CallStep.RunToExit;
        }

        if ((flags & MapFlag.Fixed) != 0)
        {
            RemoveRange(space, tracee.Process!.Pid, hint, length, keepGaps: false);
            return IsRange(hint, length) && TryMapInSlot(tracee, space, registers, hint, flags) ? CallStep.Answered : CallStep.RunToExit;
        }

        // After an address of the tracer's choice turned out to be taken, the call comes again.
        bool mayChoose = !tracee.PlaceNoMore;
        tracee.PlaceNoMore = false;
        if (hint != 0)
        {
            // A mere wish for an address in a stack's reservation is not granted: natively the stack would lie there or its guard gap.
            if (TouchesGap(space, hint, hint + bytes))
            {
                var own = registers;
                registers.Rdi = 0;
                _ = Ptrace.SetRegisters(tracee.Tid, registers);
                registers = own;
                return CallStep.RunToExit;
            }

            return mayChoose && IsGranted(space, hint, bytes, flags) && TryMapInSlot(tracee, space, registers, hint, flags) ? CallStep.Answered : CallStep.RunToExit;
        }

        if (mayChoose && ThreadStacks.ChoosePlace(space, registers) is { } stack)
        {
            tracee.PlacedStack = true;
            return MapAt(tracee, space, ref registers, stack);
        }

        return mayChoose && (flags & MapFlag.Low32Bits) == 0 && space.MmapArea.Choose(space, bytes) is { } chosen && TryMapInSlot(tracee, space, registers, chosen, flags)
            ? CallStep.Answered
            : CallStep.RunToExit;
    }

    /// <summary>Whether the kernel is sure to grant a wish for an address: for memory that is free, where no gap of a stack of its own lies and no driver has a say.</summary>
    private static bool IsGranted(AddressSpace space, ulong wish, ulong bytes, int flags)
    {
        const ulong never = 1UL << 20;
        return space.FollowsMappings && (flags & (MapFlag.Anonymous | MapFlag.Low32Bits)) == MapFlag.Anonymous && !space.MmapArea.LeftToKernel
            && wish >= never && IsRange(wish, bytes) && IsFree(space, wish, wish + bytes);
    }

    /// <summary>Has an mmap made at an address of the tracer's choice, in one stop or in two.</summary>
    private static CallStep MapAt(Tracee tracee, AddressSpace space, ref Registers registers, ulong address)
    {
        if (TryMapInSlot(tracee, space, registers, address, (int)registers.R10))
            return CallStep.Answered;
        var own = registers;
        registers.Rdi = address;
        registers.R10 |= MapFlag.FixedNoReplace;
        _ = Ptrace.SetRegisters(tracee.Tid, registers);
        registers = own;
        return CallStep.RunToExit;
    }

    private static bool TryMapInSlot(Tracee tracee, AddressSpace space, in Registers registers, ulong address, int flags)
    {
        // What is rounded to huge pages, or grows by itself, is not where and as large as the arguments say.
        if ((flags & (MapFlag.HugeTlb | MapFlag.GrowsDown)) != 0)
            return false;
        var call = CallOf(registers);
        call.A1 = address;
        if ((flags & MapFlag.Fixed) == 0)
            call.A4 |= MapFlag.FixedNoReplace;
        if (!TryInSlot(tracee, space, registers, call, address))
            return false;
        EnterMapping(space, address, registers);
        space.CallsInFlight.Add(tracee, address, End(address, registers.Rsi));
        if (tracee.PlacedStack)
        {
            tracee.PlacedStack = false;
            if (registers.Rdx == 0)
                space.StackCandidates[address] = address + VmPage.RoundUp(registers.Rsi);
        }

        return true;
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
        if (anonymous && !shared && (entry.Rdx & ProtectionFlag.ReadWrite) == ProtectionFlag.ReadWrite)
            space.Recent.Note(start, start + length);
        if ((flags & MapFlag.GrowsDown) != 0)
            space.KernelGrown.Add(start);
    }

    /// <summary>Takes note of where the kernel put a mapping that the program left to it.</summary>
    private static void LearnChoice(AddressSpace space, ulong start, in Registers entry)
    {
        if (entry.Rdi == 0 && ((int)entry.R10 & (MapFlag.Low32Bits | MapFlag.HugeTlb | MapFlag.GrowsDown)) == 0)
            space.MmapArea.Learn(start, End(start, entry.Rsi));
    }

    private static CallStep EnterBrk(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong wanted = registers.Rdi;
        if (space.Break == 0)
            return CallStep.RunToExit;
        ulong before = VmPage.RoundUp(space.Break);
        ulong after = VmPage.RoundUp(wanted);
        if (wanted > space.Break && WouldPassVmem(space, after - before))
            return Answer(tracee, ref registers, (long)space.Break);

        // Growth into free memory, and no growth at all.
        bool free = after == before || (after > before && space.Map.FindSpace(before, after - before, out ulong at) && at == before);
        if (!free || !TryInSlot(tracee, space, registers, CallOf(registers), wanted))
            return CallStep.RunToExit;
        MoveBreak(space, wanted);
        space.CallsInFlight.Add(tracee, before, after);
        return CallStep.Answered;
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
}
