// Looks at a thread while it stands at the fault with which its stack overflowed.
using Growstack.Linux.Inspection;
using Growstack.Linux.Native;
using Growstack.Linux.Symbols;
using Growstack.Linux.Tracing;
using Growstack.Maps;

namespace Growstack.Linux.Explaining;

/// <summary>A stack at its limit, managed or not.</summary>
/// <param name="Kind">Whose it is.</param>
/// <param name="Start">The start of its reservation, or of its mapping.</param>
/// <param name="Low">Its lowest mapped address.</param>
/// <param name="End">Its top.</param>
/// <param name="Limit">The most it may hold.</param>
/// <param name="Size">What its thread was created with: the limit, and what guards a runtime put into it since.</param>
internal readonly record struct FullStack(StackKind Kind, ulong Start, ulong Low, ulong End, ulong Limit, ulong Size);

/// <summary>Takes the scene of an overflow, before the thread goes on.</summary>
internal sealed class OverflowWitness(RunOptions options)
{
    /// <summary>How many overflows that a process handles are looked at closely: some programs overflow by the thousand, and live by it.</summary>
    private const int MostHandled = 4;

    private const ulong WithoutLimit = 2UL << 20;
    private const ulong MuslSize = 128 << 10;
    private const ulong MuslSpread = 64 << 10;

    /// <summary>How far below the stack pointer an access may be and still be the work of what runs there: probes, and arguments being pushed.</summary>
    private const ulong NearPointer = 1UL << 20;

    /// <summary>The largest frame whose first touch, far below the stack, is still taken for an overflow.</summary>
    private const ulong LargestFrame = 64UL << 20;

    /// <summary>Looks at a thread whose managed stack is full.</summary>
    internal OverflowScene See(ProcessImage image, in Registers registers, in FullStack stack, ulong softLimit)
    {
        var regions = RegionMap.Of(image.Pid);
        var runtimes = RuntimeDetector.Detect(regions);
        return See(image, registers, stack, regions, runtimes, stack.Kind == StackKind.Main ? MainOrigin(stack, softLimit) : ThreadOrigin(stack, runtimes, softLimit));
    }

    /// <summary>Whether an access is too far below the stack pointer to be the stack's: a wild pointer.</summary>
    internal static bool IsFarBelow(ulong address, in Registers registers) => registers.Rsp > address && registers.Rsp - address > NearPointer;

    /// <summary>
    /// Recognises an overflow of a stack that is not managed: the access is just below a mapping on which, or just below which, the thread's
    /// stack pointer stands.
    /// </summary>
    /// <returns>The stack, or null: some other fault.</returns>
    internal static FullStack? FindUnmanaged(int pid, in Registers registers, ulong address)
    {
        ulong pointer = registers.Rsp;
        if (IsFarBelow(address, registers) || address > pointer + LargestFrame)
            return null;
        foreach (var region in RegionMap.Of(pid).Regions)
        {
            if (region.End <= address || region.IsGuard)
                continue;
            bool onIt = pointer >= region.Start ? pointer < region.End && region.Start - address <= NearPointer : region.Start - pointer <= LargestFrame;
            return address < region.Start && region.CanBeStack && onIt
                ? new FullStack(StackKind.Thread, region.Start, region.Start, region.End, region.End - region.Start, region.End - region.Start)
                : null;
        }

        return null;
    }

    /// <summary>Looks at a thread whose unmanaged stack is full.</summary>
    internal static OverflowScene SeeUnmanaged(ProcessImage image, in Registers registers, in FullStack stack)
    {
        var regions = RegionMap.Of(image.Pid);
        var runtimes = RuntimeDetector.Detect(regions);
        bool muslSized = stack.Size is >= MuslSize and < MuslSize + MuslSpread && (runtimes & ProcessRuntime.Glibc) == 0;
        bool java = (runtimes & ProcessRuntime.Java) != 0;
        return See(image, registers, stack, regions, runtimes, java ? LimitOrigin.Java : muslSized ? LimitOrigin.MuslDefault : LimitOrigin.Program);
    }

    private static OverflowScene See(
        ProcessImage image, in Registers registers, in FullStack stack, RegionMap regions, ProcessRuntime runtimes, LimitOrigin origin)
    {
        bool handled = SignalState.HandlesOrIgnores(image.Pid, Signal.SEGV) is true;
        var scene = new OverflowScene
        {
            Kind = stack.Kind,
            StackEnd = stack.End,
            LimitOrigin = origin,
            HasHandler = handled,
            FramePointer = registers.Rbp,
            Instruction = new CallFrame { Address = registers.Rip },
            Runtimes = runtimes,
        };
        if (handled && image.Overflows.Count >= MostHandled)
            return scene with { ChainMissing = $"the calls were not read: only the first {MostHandled} overflows that a process handles are looked at closely" };
        if (image.Chains is { } chains)
        {
            var chain = chains.Read(registers, CallChainOptions.Full with { StackEnd = stack.End });
            return scene with { Chain = chain, Instruction = chains.Describe(registers.Rip, isInnermost: true, withLine: true) };
        }

        using var memory = new StackMemory(image.Pid) { ReadAheadEnd = stack.End };
        var scan = new StackScan(regions, memory);
        return scene with
        {
            Instruction = scan.Place(registers.Rip),
            ChainMissing = CallChainSupport.Here.IsAvailable ? "the process's memory could not be read" : CallChainSupport.Here.Explanation,
            ReturnAddresses = scan.Find(Math.Max(registers.Rsp, stack.Low), stack.End),
        };
    }

    private LimitOrigin MainOrigin(in FullStack stack, ulong softLimit)
    {
        if (softLimit > stack.Limit + VmPage.Size)
            return LimitOrigin.Neighbour;
        return options.StackLimit is { } asked && VmPage.RoundUp(Math.Min(asked, long.MaxValue)) == softLimit ? LimitOrigin.Option : LimitOrigin.ResourceLimit;
    }

    private LimitOrigin ThreadOrigin(in FullStack stack, ProcessRuntime runtimes, ulong softLimit)
    {
        if (options.ThreadStackSize is { } asked && stack.Limit == VmPage.RoundUp(asked))
            return LimitOrigin.ThreadOption;
        if ((runtimes & ProcessRuntime.Java) != 0)
            return LimitOrigin.Java;
        if ((runtimes & ProcessRuntime.Glibc) == 0 && stack.Size is >= MuslSize and < MuslSize + MuslSpread)
            return LimitOrigin.MuslDefault;
        return stack.Size == VmPage.RoundUp(softLimit >= long.MaxValue ? WithoutLimit : softLimit) ? LimitOrigin.GlibcDefault : LimitOrigin.Attribute;
    }
}
