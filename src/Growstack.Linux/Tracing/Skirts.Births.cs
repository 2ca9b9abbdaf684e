// How the stacks of new images, new threads and forked children come by their skirts.
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

internal sealed partial class Skirts
{
    /// <summary>The call that opens a watch in the program.</summary>
    internal static SyscallRow OpenCall => new(SyscallNumber.Userfaultfd, UserFault.OpenFlags);

    /// <summary>Makes the first skirt of a new image, whose memory the host has mapped already, if it could. The thread is left to be restored.</summary>
    /// <param name="tracee">Its thread.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="stack">Its stack.</param>
    /// <param name="calls">The two calls: for the skirt's memory, and <see cref="OpenCall"/>.</param>
    /// <param name="registers">The thread's registers.</param>
    internal void Begin(Tracee tracee, AddressSpace space, ManagedStack stack, ReadOnlySpan<SyscallRow> calls, in Registers registers)
    {
        if (!calls[0].Failed)
            stack.Skirt = calls[0].A1;
        space.OpenedWatch = calls[1].Failed ? -1 : (int)calls[1].Result;
        if (space.OpenedWatch >= 0)
            TakeOver(tracee, space, space.OpenedWatch);
        space.RefusesWatch = space.Watch is null;
        if (space.Watch is not { } watch || !watch.Include(stack.Skirt, stack.End) || !watch.Protect(stack.Skirt, stack.Low))
            _ = Cut(tracee, space, stack, stack.Low, registers);
    }

    /// <summary>
    /// Sends a new image's thread on its way, on which it closes its own descriptor of the watch that it opened.
    /// </summary>
    /// <returns>False when it has nothing to close, and is to be restored.</returns>
    internal bool SendOff(Tracee tracee, AddressSpace space, in Registers registers)
    {
        int opened = space.OpenedWatch;
        space.OpenedWatch = -1;
        if (opened < 0)
            return false;
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.Close, (ulong)opened)];
        if (SlotCalls.TrySend(tracee, space, rows[0], new SlotPassage { After = registers, OfTracer = true }))
            return true;
        _ = injector.Run(tracee, registers, rows);
        return false;
    }

    /// <summary>
    /// A forked child has its parent's skirts as plain memory, for it has no watch. What lies below the main stack it unmaps on its way from its first stop,
    /// unless a filter of the program's own might object; a thread's stack has grown by that much.
    /// </summary>
    internal static void Inherit(Tracee child, AddressSpace space)
    {
        foreach (var stack in space.Stacks)
        {
            if (stack.Skirt >= stack.Low || (stack.Kind == StackKind.Main && TryUnmapOnItsWay(child, space, stack)))
                continue;
            ulong start = stack.Skirt;
            var limits = space.Vm.Limits;
            space.Vm.Limits = ProcessLimits.Unlimited;
            if (space.Vm.GrowStack(start, VmPage.Size) == KernReturn.Success)
                stack.Low = start;
            space.Vm.Limits = limits;
        }
    }

    private static bool TryUnmapOnItsWay(Tracee child, AddressSpace space, ManagedStack stack)
    {
        var call = new SyscallRow(SyscallNumber.Munmap, stack.Skirt, stack.Low - stack.Skirt);
        if (child.Process!.OwnFilter || !Ptrace.GetRegisters(child.Tid, out var registers)
            || !SlotCalls.TrySend(child, space, call, new SlotPassage { After = registers, OfTracer = true }))
        {
            return false;
        }

        space.CallsInFlight.Add(child, stack.Skirt, stack.Low);
        stack.Skirt = stack.Low;
        return true;
    }

    /// <summary>
    /// Lays a skirt below the edge of a thread's stack, which the host has mapped already, without access; at the stop before the call that makes the stack
    /// accessible.
    /// </summary>
    /// <returns>Where access is to begin: the start of the skirt, or the edge where there is none.</returns>
    internal static ulong Lay(AddressSpace space, ManagedStack stack)
    {
        ulong start = Start(space, stack, stack.Low);
        if (space.Watch is not { } watch || start >= stack.Low || !watch.Include(stack.Start, stack.End) || !watch.Protect(start, stack.Low))
            return stack.Low;
        stack.IsWatched = true;
        stack.Skirt = start;
        return start;
    }

    /// <summary>A thread begins on a stack whose memory another has given back, and the marks with it.</summary>
    internal static void Renew(AddressSpace space, ManagedStack stack)
    {
        if (stack is { IsWatched: true, IsWorn: true })
            _ = space.Watch?.Protect(stack.Skirt, stack.Low);
        stack.IsWorn = false;
    }
}
