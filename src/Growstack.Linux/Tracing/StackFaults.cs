// Grows stacks: at a fault, and before a signal's frame is written.
using System.Runtime.InteropServices;
using Growstack.Linux.Explaining;
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
internal sealed class StackFaults(VmSystem system, RunOptions options, Injector injector, IRunObserver? observer)
{
    /// <summary>
    /// How often the same access may find its page grown already before the fault counts as the program's own: other threads' growths on the way
    /// take a moment.
    /// </summary>
    private const int MaximumRepeats = 10_000;

    /// <summary>How far from the reservation an access still counts as this stack's overflow, for the report only.</summary>
    private const ulong OverflowReach = 64UL << 20;

    /// <summary>The largest frame of a signal on this machine, with the red zone above it and what the handler's first instructions push.</summary>
    private static readonly ulong FrameSize = SignalFrame.Largest + 1024;

    private readonly OverflowWitness _witness = new(options);
    private readonly StoppedThread _stopped = new();
    private readonly StackReserve _reserve = new(injector);

    /// <summary>Growths of all stacks.</summary>
    internal long Growths { get; private set; }

    /// <summary>Resolves a SIGSEGV at its delivery stop.</summary>
    internal FaultOutcome Resolve(Tracee tracee, ProcessImage image, AddressSpace space)
    {
        if (!Ptrace.GetSignalInfo(tracee.Tid, out var info) || info.Code is not (SignalInfo.NotMapped or SignalInfo.NotPermitted))
            return FaultOutcome.Deliver;
        ulong address = info.FaultAddress;
        var stack = space.FindStack(address);
        bool permitted = info.Code != SignalInfo.NotPermitted;
        if (stack is null)
        {
            return OverflowBelow(tracee, image, space, address, permitted ? OverflowReach : 0);
        }

        if (!permitted && stack.Kind != StackKind.Thread)
            return FaultOutcome.Deliver;
        if (!stack.InGap(address))
            return IsAccessible(space, address) && Repeats(tracee, address) ? FaultOutcome.Grown : FaultOutcome.Deliver;
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers))
            return FaultOutcome.Deliver;
        ulong before = stack.Low;
        bool actionLost = IsSegvActionLost(tracee, image.Pid);
        var answer = Grow(tracee, space, stack, address, registers, inPlace: !actionLost);
        if (answer == KernReturn.NoSpace && stack.Kind == StackKind.Main && LimitWasRaised(space, image.Pid))
            answer = Grow(tracee, space, stack, address, registers, inPlace: !actionLost);
        if (answer != KernReturn.Success && LetThrough(tracee, image, space, stack, address, registers))
            answer = KernReturn.Success;
        if (answer == KernReturn.Success && Math.Min(stack.Low, stack.Extension == 0 ? stack.Low : stack.Extension) <= address)
        {
            KeepSegvState(tracee, actionLost, registers);
            Observe(tracee, image, space, stack, address, before, registers);
            return FaultOutcome.Grown;
        }

        NoteOverflow(tracee, image, space, stack, address, registers, answer);
        return FaultOutcome.Deliver;
    }

    /// <summary>
    /// Whether the kernel has forgotten the program's action for this fault: it does when SIGSEGV is blocked or ignored, before the tracer sees
    /// the stop. For an overflow that is as it should be, for the signal then ends the process.
    /// </summary>
    private static bool IsSegvActionLost(Tracee tracee, int pid) =>
        tracee.Process!.SegvAction.Handler != KernelAction.Default && SignalState.HandlesOrIgnores(pid, Signal.SEGV) is false;

    /// <summary>
    /// The stack grew, and the program must not notice: a forgotten action is set again, and the signal blocked again, so that the program finds
    /// what it left. Where the action was the default nothing tells whether the signal was blocked; a thread that has all others blocked has
    /// blocked it too.
    /// </summary>
    private void KeepSegvState(Tracee tracee, bool actionLost, in Registers registers)
    {
        const ulong segv = 1UL << (Signal.SEGV - 1);
        var action = tracee.Process!.SegvAction;
        if (action.Handler == KernelAction.Default)
        {
            if (Ptrace.GetSignalMask(tracee.Tid, out ulong others) && (others | segv | Signal.NeverBlocked) == ulong.MaxValue)
                _ = Ptrace.SetSignalMask(tracee.Tid, others | segv);
            return;
        }

        if (!actionLost)
            return;
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.RtSigaction, Signal.SEGV, Trampoline.Scratch, 0, sizeof(ulong))];
        _ = injector.Run(tracee, registers, rows, MemoryMarshal.AsBytes(new ReadOnlySpan<KernelAction>(in action)));
        _ = Injector.Restore(tracee, registers);
        if (action.Handler != KernelAction.Ignore && Ptrace.GetSignalMask(tracee.Tid, out ulong mask))
            _ = Ptrace.SetSignalMask(tracee.Tid, mask | segv);
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
        _ = Grow(tracee, space, stack, low - 1, registers, inPlace: false);
        return stack.Low != low;
    }

    /// <summary>Has the map grow a stack and makes the piece real.</summary>
    private KernReturn Grow(Tracee tracee, AddressSpace space, ManagedStack stack, ulong address, Registers registers, bool inPlace)
    {
        ulong low = stack.Low;
        ulong smallest = VmPage.RoundUp(system.StackGrowthSize);
        ulong step = VmPage.RoundUp(stack.Step(system.StackGrowthSize, options.GeometricGrowth));

        // A guard of the program's own is none of the map's: the step is cut so that its multiple ends there.
        if (address < stack.GrowthFloor)
            return KernReturn.NoSpace;
        ulong room = stack.Low - stack.GrowthFloor;
        ulong needed = stack.Low - VmPage.RoundDown(address);
        if (stack.Kind == StackKind.Thread && (needed + step - 1) / step * step > room)
            smallest = step = room;
        space.Carrier = (in VmEntry piece) =>
        {
            var carried = inPlace ? CarryInSlot(tracee, space, stack, piece, registers) ?? CarryAndRestore(tracee, stack, piece, registers) : Carry(tracee, stack, piece, registers);
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
        if (low != stack.Low)
        {
            stack.Low = low;
            stack.Growths++;
            Growths++;
        }

        return answer;
    }

    /// <summary>Makes the piece real by way of a slot of the trampoline: the thread makes the call itself when it goes on. Null: no slot is free.</summary>
    private static KernReturn? CarryInSlot(Tracee tracee, AddressSpace space, ManagedStack stack, in VmEntry piece, in Registers registers)
    {
        var call = stack.PieceCall(piece);
        var passage = new SlotPassage
        {
            Expected = call.Number == SyscallNumber.Mmap ? piece.Start : 0,
            After = registers,
            Growing = stack,
            PieceEnd = piece.End,
        };
        if (!SlotCalls.TrySend(tracee, space, call, passage))
            return null;
        space.CallsInFlight.Add(tracee, piece.Start, piece.End);
        return KernReturn.Success;
    }

    private KernReturn Carry(Tracee tracee, ManagedStack stack, in VmEntry piece, in Registers registers)
    {
        Span<SyscallRow> rows = [stack.PieceCall(piece)];
        return injector.Run(tracee, registers, rows) && !rows[0].Failed ? KernReturn.Success : KernReturn.ResourceShortage;
    }

    private KernReturn CarryAndRestore(Tracee tracee, ManagedStack stack, in VmEntry piece, in Registers registers)
    {
        var answer = Carry(tracee, stack, piece, registers);
        _ = Injector.Restore(tracee, registers);
        return answer;
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

    /// <summary>
    /// An access below a whole reservation, in a guard of the program's own or from a frame larger than the guard, is an overflow of that stack too.
    /// </summary>
    private FaultOutcome OverflowBelow(Tracee tracee, ProcessImage image, AddressSpace space, ulong address, ulong reach)
    {
        if (!Ptrace.GetRegisters(tracee.Tid, out var registers) || OverflowWitness.IsFarBelow(address, registers))
            return FaultOutcome.Deliver;
        foreach (var stack in space.Stacks)
        {
            bool near = address < stack.Lowest && stack.Lowest - address <= Math.Max(reach, stack.GuardBelow);
            bool onIt = (registers.Rsp >= stack.Lowest && registers.Rsp < stack.End) || (registers.Rsp < stack.Lowest && stack.Lowest - registers.Rsp < OverflowReach);
            if (!near || !onIt)
                continue;
            if (LetThrough(tracee, image, space, stack, address, registers))
                return FaultOutcome.Grown;
            NoteOverflow(tracee, image, space, stack, address, registers, KernReturn.NoSpace);
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
    private bool LetThrough(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, in Registers registers)
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
            NoteOverflow(tracee, image, space, stack, address, registers, KernReturn.NoSpace, letThrough: true);
            ulong soft = space.StackLimit;
            stack.Slack = reserve;
            space.StackLimit = soft;
        }

        if (address >= stack.Floor)
            return Grow(tracee, space, stack, address, registers, inPlace: false) == KernReturn.Success && Back(tracee, registers);
        if (stack.Kind == StackKind.Main || (stack.Low > stack.Floor && Grow(tracee, space, stack, stack.Floor, registers, inPlace: false) != KernReturn.Success))
            return false;
        return _reserve.TryExtend(tracee, space, stack, address, limit + stack.Slack, registers) && Back(tracee, registers);
    }

    private static bool Back(Tracee tracee, in Registers registers) => Injector.Restore(tracee, registers);

    private void Observe(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, ulong before, in Registers registers) =>
        observer?.OnStackGrown(
            new StackGrowth(image.Pid, tracee.Tid, stack.Kind, stack.Start, stack.End, address, before, stack.Low, LimitOf(space, stack)),
            _stopped.At(image, tracee.Tid, registers));

    private static ulong LimitOf(AddressSpace space, ManagedStack stack) =>
        stack.Kind == StackKind.Main ? Math.Min(VmPage.RoundDown(space.StackLimit), stack.Limit) : stack.Limit;

    private void NoteOverflow(Tracee tracee, ProcessImage image, AddressSpace space, ManagedStack stack, ulong address, in Registers registers, KernReturn answer, bool letThrough = false)
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
