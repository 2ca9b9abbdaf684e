// Grows stacks: at a fault, at a write to a skirt, and before a signal's frame is written.
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>What a SIGSEGV turned out to be.</summary>
internal enum FaultOutcome
{
    /// <summary>The stack was grown, or had been meanwhile: the thread repeats its instruction. It has been given its registers.</summary>
    Grown,

    /// <summary>The program's own affair, or an overflow: the signal is delivered.</summary>
    Deliver,
}

/// <summary>
/// One fault's way: the address lies in a stack's gap; the map's growth decides how much, against guard and limits; the piece is made real in the
/// program, by way of a trampoline slot in the same stop where one is free; the thread goes on.
/// </summary>
internal sealed class StackFaults
{
    /// <summary>
    /// How often the same access may find its page grown already before the fault counts as the program's own: other threads' growths on the way
    /// take a moment.
    /// </summary>
    private const int MaximumRepeats = 10_000;

    /// <summary>The largest frame of a signal on this machine, with the red zone above it and what the handler's first instructions push.</summary>
    private static readonly ulong FrameSize = SignalFrame.Largest + 1024;

    private readonly Skirts _skirts;
    private readonly IRunObserver? _observer;
    private readonly StackGrower _grower;
    private readonly StackOverflows _overflows;
    private readonly SegvState _segv;
    private readonly StoppedThread _stopped = new();

    internal StackFaults(VmSystem system, RunOptions options, Injector injector, Skirts skirts, IRunObserver? observer)
    {
        _skirts = skirts;
        _segv = new SegvState(injector);
        _observer = observer;
        _grower = new StackGrower(system, options, injector, skirts);
        _overflows = new StackOverflows(options, injector, _grower, observer);
    }

    /// <summary>Growths of all stacks.</summary>
    internal long Growths => _grower.Growths;

    /// <summary>Resolves a SIGSEGV at its delivery stop.</summary>
    internal FaultOutcome Resolve(Tracee tracee, ProcessImage image, AddressSpace space)
    {
        if (!Ptrace.GetSignalInfo(tracee.Tid, out var info) || info.Code is not (SignalInfo.NotMapped or SignalInfo.NotPermitted))
            return FaultOutcome.Deliver;
        ulong address = info.FaultAddress;
        bool permitted = info.Code != SignalInfo.NotPermitted;
        if (space.FindStack(address) is not { } stack)
            return _overflows.Below(tracee, image, space, address, permitted ? StackOverflows.Reach : StackAdoption.LargestGuard);
        if (!permitted && stack.Kind != StackKind.Thread)
            return FaultOutcome.Deliver;
        if (!stack.InGap(address))
            return IsAccessible(space, address) && Repeats(tracee, address) ? FaultOutcome.Grown : FaultOutcome.Deliver;
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return FaultOutcome.Deliver;
        ulong before = stack.Low;
        bool actionLost = SegvState.IsActionLost(tracee, image.Pid);
        var answer = Grow(tracee, image, space, stack, address, registers, inPlace: !actionLost);
        if (answer != KernReturn.Success && _overflows.LetThrough(tracee, image, space, stack, address, registers))
            answer = KernReturn.Success;
        if (answer == KernReturn.Success && Math.Min(stack.Low, stack.Extension == 0 ? stack.Low : stack.Extension) <= address)
        {
            _segv.Keep(tracee, actionLost, registers);
            Observe(tracee, image, space, stack, address, before, registers);
            return FaultOutcome.Grown;
        }

        _overflows.Note(tracee, image, space, stack, address, registers, answer);
        return FaultOutcome.Deliver;
    }

    /// <summary>
    /// Resolves a thread's own write to a skirt, at the stop that took the thread away from there. Should the map refuse, the skirt is taken away, and the
    /// write that is repeated is a fault like any other.
    /// </summary>
    internal void Resolve(Tracee tracee, ProcessImage image, AddressSpace space, TouchWatch watch, ulong address)
    {
        ulong page = VmPage.RoundDown(address);
        var stack = space.FindStack(page);
        bool atEdge = stack is not null && page == stack.Ajar && page == stack.Low && page > stack.GrowthFloor;
        if (stack is not null)
            Skirts.Open(watch, stack);
        if (stack is null || !(stack.InGap(page) || atEdge))
        {
            _ = watch.Free(page, page + VmPage.Size);
            return;
        }

        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return;
        ulong before = stack.Low;
        if (atEdge)
            address = stack.Low - 1;
        if (Grow(tracee, image, space, stack, address, registers, inPlace: true) == KernReturn.Success)
        {
            Observe(tracee, image, space, stack, address, before, registers);
            return;
        }

        if (atEdge)
            return;
        _ = _skirts.Cut(tracee, space, stack, stack.Low, registers);
        _ = Injector.Restore(tracee, registers);
    }

    /// <summary>Resolves a write of the kernel's to a skirt. Its thread cannot be stopped there, so that nobody is told of this growth but by the next.</summary>
    /// <returns>Whether the thread should be stopped as soon as the kernel is done, for a new skirt.</returns>
    internal bool LetKernelWrite(AddressSpace space, TouchWatch watch, ulong address)
    {
        ulong page = VmPage.RoundDown(address);
        if (space.FindStack(page) is not { } stack)
        {
            _ = watch.Free(page, page + VmPage.Size);
            return false;
        }

        _grower.GrowIntoSkirt(space, watch, stack, page);
        return Skirts.WearsThin(stack, page);
    }

    private KernReturn Grow(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, in Registers registers, bool inPlace)
    {
        var answer = _grower.Grow(tracee, space, stack, address, registers, inPlace);
        return answer == KernReturn.NoSpace && stack.Kind == StackKind.Main && LimitWasRaised(space, image.Pid)
            ? _grower.Grow(tracee, space, stack, address, registers, inPlace)
            : answer;
    }

    /// <summary>Whether another process, which need not be traced, has given the program a higher limit by prlimit(2); it holds from now on.</summary>
    private static bool LimitWasRaised(AddressSpace space, int pid)
    {
        ulong limit = ExecSetup.StackLimitOf(pid);
        if (limit <= space.StackLimit)
            return false;
        space.StackLimit = limit;
        return true;
    }

    /// <summary>Whether a signal's frame would reach into the gap of the stack the thread is on.</summary>
    internal static ManagedStack? NeedsRoomForFrame(AddressSpace space, in Registers registers)
    {
        var stack = space.FindStack(registers.Rsp);
        return stack is not null && registers.Rsp >= stack.Low && registers.Rsp - stack.Low < FrameSize && stack.Low > stack.GrowthFloor ? stack : null;
    }

    /// <summary>Grows a stack before a signal is delivered; afterwards the signal has to be sent again.</summary>
    /// <returns>Whether system calls were made in the tracee, so that it has left its delivery stop.</returns>
    internal bool GrowForFrame(Tracee tracee, AddressSpace space, ManagedStack stack, in Registers registers)
    {
        ulong low = stack.Low;
        _ = _grower.Grow(tracee, space, stack, low - 1, registers, inPlace: false);
        return stack.Low != low;
    }

    /// <summary>Whether the program has not itself forbidden any access there.</summary>
    private static bool IsAccessible(AddressSpace space, ulong address) =>
        space.Map.TryLookup(address, out var entry) && (entry.Protection & VmProt.ReadWrite) == VmProt.ReadWrite;

    private static bool Repeats(Tracee tracee, ulong address)
    {
        tracee.Repeats = tracee.RepeatedAt == address ? tracee.Repeats + 1 : 0;
        tracee.RepeatedAt = address;
        return tracee.Repeats < MaximumRepeats;
    }

    private void Observe(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, ulong before, in Registers registers) =>
        _observer?.OnStackGrown(
            new StackGrowth(image.Pid, tracee.Tid, stack.Kind, stack.Start, stack.End, address, before, stack.Low, StackOverflows.LimitOf(space, stack)),
            _stopped.At(image, tracee.Tid, registers));
}
