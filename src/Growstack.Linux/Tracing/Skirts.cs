// The strip of memory below a stack that lets the kernel write where the stack has not grown to.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// When a system call is the first to write below the mapped part of a stack, no signal tells of it: the call would answer EFAULT. So the host has a strip
/// mapped directly below the edge, the <em>skirt</em>, whose pages are write-protected by userfaultfd(2). The map does not have it: to the map it is gap.
/// The first write to it, the program's or the kernel's, becomes a <see cref="Touch"/>, at which the stack grows into the skirt and the next one is made.
/// A skirt never reaches further than the map would let the stack grow now. A read finds zeros and makes nothing grow.
/// </summary>
/// <param name="injector">Makes the calls in the program.</param>
/// <param name="options">The run's options.</param>
/// <param name="listener">Hears of the writes; null where the system does not allow that: then there are no skirts, and stacks grow at SIGSEGV only.</param>
internal sealed partial class Skirts(Injector injector, RunOptions options, TouchListener? listener)
{
    /// <summary>How large a skirt is where there is room. To mark its pages takes some 3 µs; to mark eight times as many takes more than eight times as long, for want of page tables.</summary>
    internal const ulong Size = 1UL << 20;

    /// <summary>Whether a stack of an address space may have a skirt, and a thread of it may be made to open the watch for that.</summary>
    internal bool Possible(Tracee tracee, AddressSpace space) =>
        listener is not null && options.VmemLimit is null && !space.RefusesWatch && (space.Watch is not null || (listener.HasRoom && !tracee.Process!.OwnFilter));

    /// <summary>Where the skirt below an edge of a stack begins.</summary>
    internal static ulong Start(AddressSpace space, ManagedStack stack, ulong low) => Math.Max(Bound(space, stack), low - Math.Min(low, Size));

    /// <summary>The lowest address that the map would let a stack grow to now.</summary>
    private static ulong Bound(AddressSpace space, ManagedStack stack)
    {
        if (stack.Kind != StackKind.Main || space.Vm.Limits.Stack >= VmSystem.Infinity)
            return stack.GrowthFloor;
        ulong grown = space.Vm.Space.StackPages * VmPage.Size;
        ulong left = VmPage.RoundDown(space.Vm.Limits.Stack) - Math.Min(VmPage.RoundDown(space.Vm.Limits.Stack), grown);
        return Math.Max(stack.GrowthFloor, stack.Low - Math.Min(stack.Low, left));
    }

    /// <summary>Makes a piece of a main stack real that the map has just taken out of its gap, with a new skirt below it.</summary>
    /// <param name="tracee">A stopped thread of the address space.</param>
    /// <param name="space">The address space.</param>
    /// <param name="stack">The stack, whose edge is still where it was.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="registers">The thread's registers, with which it goes on.</param>
    /// <returns>False when that cannot be; the host has no more of the stack than before then.</returns>
    internal bool TryCarry(Tracee tracee, AddressSpace space, ManagedStack stack, in VmEntry piece, in Registers registers)
    {
        ulong start = Math.Min(Start(space, stack, piece.Start), stack.Skirt);
        Span<SyscallRow> open = [OpenCall];
        bool opens = space.Watch is null;
        if (!opens && start == stack.Skirt)
        {
            Advance(space, stack, piece.Start, start);
            return true;
        }

        bool mapped = (!opens || injector.Run(tracee, registers, open)) && Map(tracee, space, stack, start, piece.Protection, opens ? open[0].Result : -1, registers);
        _ = Injector.Restore(tracee, registers);
        if (mapped)
            Advance(space, stack, piece.Start, start);
        return mapped;
    }

    /// <summary>Has the host map a stack down to an address, and takes over a watch that the program has just opened.</summary>
    private bool Map(Tracee tracee, AddressSpace space, ManagedStack stack, ulong start, VmProt protection, long opened, in Registers registers)
    {
        var rows = new List<SyscallRow>(2);
        if (opened >= 0)
        {
            TakeOver(tracee, space, (int)opened);
            rows.Add(new SyscallRow(SyscallNumber.Close, (ulong)opened));
        }

        space.RefusesWatch = space.Watch is null;
        if (!space.RefusesWatch && start < stack.Skirt)
            rows.Add(StackPiece.Call(start, stack.Skirt, protection));
        var calls = CollectionsMarshal.AsSpan(rows);
        return (calls.IsEmpty || (injector.Run(tracee, registers, calls) && !calls[^1].Failed)) && !space.RefusesWatch;
    }

    /// <summary>Takes over the watch that the program has opened; its own descriptor is left to be closed.</summary>
    private void TakeOver(Tracee tracee, AddressSpace space, int opened)
    {
        int descriptor = UserFault.TakeOver(tracee.Process!.Pid, opened);
        if (descriptor < 0)
            return;
        if (UserFault.TryBegin(descriptor))
            space.Watch = listener!.Add(space, descriptor);
        else
            _ = Libc.Close(descriptor);
    }

    /// <summary>Frees what the edge passes on its way to an address, and protects what lies below it then.</summary>
    internal static void Advance(AddressSpace space, ManagedStack stack, ulong low, ulong start)
    {
        ulong before = stack.Skirt;
        var watch = space.Watch!;
        _ = (stack.IsWatched || watch.Include(start, stack.Low == before ? stack.End : before)) && watch.Protect(start, Math.Min(before, low));
        _ = watch.Free(Math.Max(low, before), stack.Low);
        stack.Skirt = start;
    }

    /// <summary>Takes away what a stack's skirt has below an address, down to nothing with the stack's edge. The thread is left to be restored.</summary>
    /// <param name="tracee">A stopped thread of the address space.</param>
    /// <param name="space">The address space.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="to">Where the skirt is to begin.</param>
    /// <param name="registers">The thread's registers.</param>
    internal bool Cut(Tracee tracee, AddressSpace space, ManagedStack stack, ulong to, in Registers registers)
    {
        if (stack.Skirt >= to)
            return true;
        bool isMain = stack.Kind == StackKind.Main;
        Span<SyscallRow> rows = [new SyscallRow(isMain ? SyscallNumber.Munmap : SyscallNumber.Mprotect, stack.Skirt, to - stack.Skirt)];
        if (!injector.Run(tracee, registers, rows) || rows[0].Failed)
            return false;
        if (!isMain)
            _ = space.Watch?.Free(stack.Skirt, to);
        stack.Skirt = to;
        return true;
    }

    /// <summary>The limit may have been lowered: no skirt reaches beyond it. The thread is left to be restored when there was something to do.</summary>
    internal bool CutToLimit(Tracee tracee, AddressSpace space, in Registers registers) =>
        space.MainStack is { } stack && stack.Skirt < Math.Min(stack.Low, Bound(space, stack)) && Cut(tracee, space, stack, Math.Min(stack.Low, Bound(space, stack)), registers);

    /// <summary>Does without skirts from now on, in an address space that locks its memory: the marks would be touched, and count as locked.</summary>
    internal bool GiveUp(Tracee tracee, AddressSpace space, in Registers registers)
    {
        foreach (var stack in space.Stacks)
        {
            if (!Cut(tracee, space, stack, stack.Low, registers))
                return false;
        }

        space.EndWatch();
        space.RefusesWatch = true;
        return true;
    }

    /// <summary>The main stack, when a range has a part of its skirt.</summary>
    internal static ManagedStack? TouchedBy(AddressSpace space, ulong start, ulong end) =>
        space.MainStack is { } stack && start < stack.Low && end > stack.Skirt ? stack : null;
}
