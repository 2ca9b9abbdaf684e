// mremap(2): mappings that are resized or moved.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

internal sealed partial class MemoryCalls
{
    private static CallStep EnterMremap(Tracee tracee, AddressSpace space, ref Registers registers)
    {
        ulong oldLength = VmPage.RoundUp(registers.Rsi);
        ulong more = VmPage.RoundUp(registers.Rdx) - Math.Min(oldLength, VmPage.RoundUp(registers.Rdx));
        if (more != 0 && more <= AddressSpace.UserEnd && WouldPassVmem(space, more))
            return Answer(tracee, ref registers, -Errno.ENOMEM);

        bool mayStay = space.FollowsMappings && !tracee.PlaceNoMore;
        tracee.PlaceNoMore = false;
        if (mayStay && TryResizeInPlace(tracee, space, registers))
            return CallStep.Answered;

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

    /// <summary>Has a mapping resized where it lies, in one stop: made smaller, or larger where what lies behind it is free.</summary>
    private static bool TryResizeInPlace(Tracee tracee, AddressSpace space, in Registers registers)
    {
        ulong start = registers.Rdi;
        ulong length = VmPage.RoundUp(registers.Rdx);
        if (((int)registers.R10 & ~RemapFlag.MayMove) != 0 || !IsRange(start, registers.Rsi) || !IsRange(start, length))
            return false;
        ulong oldEnd = End(start, registers.Rsi);
        ulong end = start + length;
        if (!space.Map.TryLookup(oldEnd - 1, out var last) || last.IsGap || last.IsGuard)
            return false;
        if (end > oldEnd && !IsFree(space, oldEnd, end))
            return false;

        // Not allowed to move it, the kernel can only do what is expected, or refuse.
        if (!TryInSlot(tracee, space, registers, CallOf(registers) with { A4 = 0 }, expected: start))
            return false;
        if (end < oldEnd)
            RemoveRange(space, tracee.Process!.Pid, end, oldEnd - end);
        else if (end > oldEnd)
            EnterPartOf(space, last, oldEnd, oldEnd, end);
        space.CallsInFlight.Add(tracee, Math.Min(oldEnd, end), Math.Max(oldEnd, end));
        return true;
    }

    private static void Moved(Tracee tracee, AddressSpace space, in Registers entry, ulong address)
    {
        // With an old length of 0 a shared mapping is made a second time.
        if (tracee.Moving is not { } source && !space.Map.TryLookup(entry.Rdi, out source))
            return;
        tracee.Moving = null;
        EnterPartOf(space, source, entry.Rdi, address, End(address, entry.Rdx));
    }

    /// <summary>Enters a mapping of what an entry has from an address on.</summary>
    private static void EnterPartOf(AddressSpace space, in VmEntry source, ulong from, ulong start, ulong end)
    {
        bool file = source.Object is { Kind: VmObjectKind.Vnode };
        MapComparison.Enter(space.Map, start, end, source.Protection, file, source.Inheritance == VmInherit.Share, file ? source.Offset + (from - source.Start) : 0);
        if (source.Inheritance == VmInherit.None)
            _ = space.Map.Inherit(start, end, VmInherit.None);
    }
}
