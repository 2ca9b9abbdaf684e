// Has the map grow a stack, and makes the piece real.
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// The map's growth decides how much, against guard and limits; the piece is made real in the program: with a skirt where there may be one, by way of a
/// trampoline slot in the same stop where one is free, or else by a call made in the stopped thread.
/// </summary>
internal sealed class StackGrower(VmSystem system, RunOptions options, Injector injector, Skirts skirts)
{
    /// <summary>Growths of all stacks.</summary>
    internal long Growths { get; private set; }

    /// <summary>Grows a stack so far that an address is mapped.</summary>
    /// <param name="tracee">A stopped thread of the address space.</param>
    /// <param name="space">The address space.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="address">The address, below the stack's edge.</param>
    /// <param name="registers">The thread's registers.</param>
    /// <param name="inPlace">Whether the thread can go on from here, with its registers as they are; else it has to be given them when calls were made in it.</param>
    internal KernReturn Grow(Tracee tracee, AddressSpace space, ManagedStack stack, ulong address, Registers registers, bool inPlace)
    {
        ulong low = stack.Low;
        ulong smallest = VmPage.RoundUp(system.StackGrowthSize);
        bool prefault = options.GeometricGrowth && Prefault.Pays(tracee.Process!.Pid, stack, address);
        ulong step = options.GeometricGrowth ? VmPage.RoundUp(stack.Step(system.StackGrowthSize, prefault)) : smallest;

        // A guard of the program's own is none of the map's: the step is cut so that its multiple ends there.
        if (address < stack.GrowthFloor)
            return KernReturn.NoSpace;
        ulong room = stack.Low - stack.GrowthFloor;
        ulong needed = stack.Low - VmPage.RoundDown(address);
        if (stack.Kind == StackKind.Thread && (needed + step - 1) / step * step > room)
            smallest = step = room;
        space.Carrier = (in VmEntry piece) =>
        {
            var carried = Carry(tracee, space, stack, piece, registers, inPlace, mayPass: inPlace && !prefault);
            if (carried == KernReturn.Success)
                low = piece.Start;
            return carried;
        };
        var answer = space.Vm.GrowStack(address, step);

        // VMEM and MEMLOCK are checked against the step and never cut it: a step of the kernel's own size may still fit.
        while (answer == KernReturn.NoSpace && step > smallest)
        {
            step = Math.Max(smallest, VmPage.RoundDown(step / 2));
            answer = space.Vm.GrowStack(address, step);
        }

        space.Carrier = null;
        if (prefault && low < stack.Low)
            MakePages(tracee, stack, low, registers, inPlace);
        MoveEdge(stack, low);
        if (answer is KernReturn.NoSpace or KernReturn.Failure && TryContinue(tracee, space, stack, address, registers, inPlace))
            return stack.Low <= address ? KernReturn.Success : Grow(tracee, space, stack, address, registers, inPlace);
        return answer;
    }

    /// <summary>
    /// Where the program has mapped something into a main stack's room and taken it away again, its gap is torn for good, but the kernel lets the stack grow
    /// as before. So what is free below its edge is made the room of a new stack, the first piece of which continues the old one.
    /// </summary>
    private bool TryContinue(Tracee tracee, AddressSpace space, ManagedStack stack, ulong address, Registers registers, bool inPlace)
    {
        if (stack.Kind != StackKind.Main || system.Release != VmRelease.FreeBsd12)
            return false;
        ulong bottom = stack.Start;
        foreach (var entry in space.Map.Entries)
        {
            if (entry.Start < stack.Low && entry is { IsGap: false, IsGuard: false })
                bottom = Math.Max(bottom, entry.End);
        }

        bool isTorn = bottom < stack.Low && !(space.Map.TryLookup(bottom, out var gap) && gap.IsGap && gap.End == stack.Low);
        ulong used = space.Vm.Space.StackPages * VmPage.Size;
        ulong allowed = VmPage.RoundDown(space.Vm.Limits.Stack);
        if (!isTorn || used >= allowed || !space.Map.TryLookup(stack.Low, out var lowest))
            return false;
        bottom = Math.Max(bottom, stack.Low - Math.Min(stack.Low, allowed - used + stack.Guard));
        if (address < bottom + stack.Guard)
            return false;

        ulong low = stack.Low;
        _ = space.Map.Remove(bottom, low);
        space.Carrier = (in VmEntry piece) =>
        {
            var carried = Carry(tracee, space, stack, piece, registers, inPlace, mayPass: false);
            if (carried == KernReturn.Success)
                low = piece.Start;
            return carried;
        };
        var answer = space.Vm.MapStack(bottom, low - bottom, lowest.Protection, lowest.MaxProtection, VmMapFlags.StackGrowsDown);
        space.Carrier = null;
        space.Vm.Space.StackPages += VmPage.Count(stack.Low - low);
        MoveEdge(stack, low);
        return answer == KernReturn.Success;
    }

    /// <summary>
    /// Grows a stack into its skirt, where a thread waits in the middle of a system call: the host has the memory already. No more than what is written
    /// to, for the next skirt takes a thread that stands still.
    /// </summary>
    internal void GrowIntoSkirt(AddressSpace space, TouchWatch watch, ManagedStack stack, ulong page)
    {
        ulong before = stack.Low;

        // Should the map refuse, another process has lowered the limit since: what the skirt promised holds for this page.
        if (stack.InGap(page) && space.Vm.GrowStack(page, VmPage.Size) == KernReturn.Success)
            MoveEdge(stack, page);
        Skirts.LetWrite(watch, stack, page, before);
    }

    private void MakePages(Tracee tracee, ManagedStack stack, ulong low, in Registers registers, bool inPlace)
    {
        Span<SyscallRow> rows = [Prefault.Call(low, stack.Low)];
        _ = injector.Run(tracee, registers, rows);
        if (inPlace)
            _ = Injector.Restore(tracee, registers);
        stack.Prefaulted = new PrefaultedPages(low, Math.Max(stack.Prefaulted.End, stack.Low));
    }

    private void MoveEdge(ManagedStack stack, ulong low)
    {
        if (low == stack.Low)
            return;
        stack.Low = low;
        stack.Growths++;
        Growths++;
    }

    private KernReturn Carry(Tracee tracee, AddressSpace space, ManagedStack stack, in VmEntry piece, in Registers registers, bool inPlace, bool mayPass)
    {
        ulong start = piece.Start;
        ulong end = piece.End;
        if (stack.IsWatched && space.Watch is not null)
        {
            // The marks can be made before the memory is accessible, so that the thread may make it so on its way.
            end = stack.Skirt;
            start = Math.Min(end, Skirts.Start(space, stack, piece.Start));
            Skirts.Advance(space, stack, piece.Start, start);
            if (start == end)
                return KernReturn.Success;
        }
        else if (stack.Kind == StackKind.Main && skirts.Possible(tracee, space) && skirts.TryCarry(tracee, space, stack, piece, registers))
        {
            return KernReturn.Success;
        }
        else if (stack.Skirt < stack.Low && !skirts.Cut(tracee, space, stack, stack.Low, registers))
        {
            return KernReturn.ResourceShortage;
        }

        var call = stack.PieceCall(start, end, piece.Protection);
        var passage = new SlotPassage
        {
            Expected = call.Number == SyscallNumber.Mmap ? start : 0,
            After = registers,
            OfTracer = true,
            Growing = stack,
            PieceEnd = piece.End,
            FormerSkirt = end,
        };
        if (mayPass && SlotCalls.TrySend(tracee, space, call, passage))
        {
            // The thread makes the call itself when it goes on.
            space.CallsInFlight.Add(tracee, start, piece.End);
            return KernReturn.Success;
        }

        Span<SyscallRow> rows = [call];
        bool made = injector.Run(tracee, registers, rows) && !rows[0].Failed;
        if (inPlace)
            _ = Injector.Restore(tracee, registers);
        if (!made)
            stack.Skirt = end;
        return made ? KernReturn.Success : KernReturn.ResourceShortage;
    }
}
