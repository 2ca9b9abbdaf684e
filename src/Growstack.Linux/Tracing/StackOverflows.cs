// Stacks that have reached their limit: noted for the report, or given more room.
using Growstack.Linux.Explaining;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>Sees to faults that no growth resolves.</summary>
internal sealed class StackOverflows(RunOptions options, Injector injector, StackGrower grower, IRunObserver? observer)
{
    /// <summary>How far from the reservation an access still counts as this stack's overflow, for the report only.</summary>
    internal const ulong Reach = 64UL << 20;

    private readonly OverflowWitness _witness = new(options);
    private readonly StackReserve _reserve = new(injector);

    /// <summary>
    /// An access below a whole reservation, in a guard of the program's own or from a frame larger than the guard, is an overflow of that stack too.
    /// </summary>
    internal FaultOutcome Below(Tracee tracee, ProcessImage image, AddressSpace space, ulong address, ulong reach)
    {
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers) || OverflowWitness.IsFarBelow(address, registers))
            return FaultOutcome.Deliver;
        foreach (var stack in space.Stacks)
        {
            bool near = address < stack.Lowest && stack.Lowest - address <= Math.Max(reach, stack.GuardBelow);
            bool onIt = (registers.Rsp >= stack.Lowest && registers.Rsp < stack.End) || (registers.Rsp < stack.Lowest && stack.Lowest - registers.Rsp < Reach);
            if (!near || !onIt)
                continue;
            if (LetThrough(tracee, image, space, stack, address, registers))
                return FaultOutcome.Grown;
            Note(tracee, image, space, stack, address, registers, KernReturn.NoSpace);
            return FaultOutcome.Deliver;
        }

        if (OverflowWitness.FindUnmanaged(image.Pid, registers, address) is { } full)
            Note(tracee, image, full, address, registers, KernReturn.NoSpace, OverflowWitness.SeeUnmanaged(image, registers, full));
        return FaultOutcome.Deliver;
    }

    /// <summary>
    /// Gives a stack that has reached its limit more room, where the options allow it: what <see cref="RunOptions.ThreadStackSize"/> adds to a
    /// thread's mapping, and then, noted as an overflow, <see cref="RunOptions.Reserve"/>.
    /// </summary>
    internal bool LetThrough(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, in Registers registers)
    {
        bool mayExtend = stack.Kind == StackKind.Main || (stack.IsManaged && !stack.HasOwnGuard);
        if (!mayExtend || (options.Reserve is null && stack.AskedSize == 0))
            return false;
        ulong needed = stack.End - Math.Min(address, stack.End);
        ulong limit = LimitOf(space, stack);
        if (needed > limit + stack.Slack)
        {
            ulong reserve = VmPage.RoundUp(options.Reserve ?? 0);
            if (stack.Slack != 0 || needed > limit + reserve)
                return false;
            Note(tracee, image, space, stack, address, registers, KernReturn.NoSpace, letThrough: true);
            ulong soft = space.StackLimit;
            stack.Slack = reserve;
            space.StackLimit = soft;
        }

        if (address >= stack.Floor)
            return grower.Grow(tracee, space, stack, address, registers, inPlace: false) == KernReturn.Success && Back(tracee, registers);
        if (stack.Kind == StackKind.Main || (stack.Low > stack.Floor && grower.Grow(tracee, space, stack, stack.Floor, registers, inPlace: false) != KernReturn.Success))
            return false;
        return _reserve.TryExtend(tracee, space, stack, address, limit + stack.Slack, registers) && Back(tracee, registers);
    }

    private static bool Back(Tracee tracee, in Registers registers) => Injector.Restore(tracee, registers);

    internal static ulong LimitOf(AddressSpace space, ManagedStack stack) =>
        stack.Kind == StackKind.Main ? Math.Min(VmPage.RoundDown(space.StackLimit), stack.Limit) : stack.Limit;

    internal void Note(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, in Registers registers, KernReturn answer, bool letThrough = false)
    {
        var full = new FullStack(stack.Kind, stack.Start, stack.Low, stack.End, LimitOf(space, stack), stack.Size);
        Note(tracee, image, full, address, registers, answer, _witness.See(image, registers, full, space.StackLimit), letThrough);
    }

    private void Note(Tracee tracee, ProcessImage image, in FullStack stack, ulong address, in Registers registers, KernReturn answer, OverflowScene scene, bool letThrough = false)
    {
        ulong lowest = stack.End - stack.Limit;
        var overflow = new StackOverflow(
            image.Pid,
            tracee.Tid,
            ProcessNames.OfThread(image.Pid, tracee.Tid),
            stack.Start,
            address,
            registers.Rsp,
            registers.Rip,
            address < lowest ? lowest - address : 0,
            stack.Limit,
            answer,
            Fatal: false)
        {
            Scene = scene,
            LetThrough = letThrough,
        };
        image.Overflows.Add(overflow);
        observer?.OnStackOverflow(overflow);
    }
}
