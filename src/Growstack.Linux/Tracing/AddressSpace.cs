// The address space of one or more traced processes: the map, and what the tracer keeps beside it.
using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// An address space as vfork(2) and CLONE_VM share it: the map with its owner, the managed stacks, and who uses which trampoline slot. It is the
/// map's physical map too: what the map decides on its own account is carried out by <see cref="Carrier"/>; what the program does by a system
/// call of its own, the kernel carries out. Touched by the tracer's thread only.
/// </summary>
internal sealed class AddressSpace : IPhysicalMap
{
    /// <summary>The end of user addresses with four-level page tables, the last page being kept free by the kernel.</summary>
    internal const ulong UserEnd = 0x7fff_ffff_f000;

    /// <summary>
    /// Main stacks lie above, as far as anybody changes their protection: the kernel ends them within 16 GiB below the end, which leaves 4 GiB and more of
    /// each. Other mappings the kernel puts below, by far mostly.
    /// </summary>
    internal const ulong MainStacks = 0x7ffb_0000_0000;

    internal AddressSpace(VmProcess vm, Trampoline trampoline)
    {
        Vm = vm;
        Trampoline = trampoline;
        vm.Map.Physical = this;
    }

    internal VmProcess Vm { get; }

    /// <summary>Where the tracer's code is in it.</summary>
    internal Trampoline Trampoline { get; }

    internal VmMap Map => Vm.Map;

    /// <summary>The run's options, as far as they concern stacks.</summary>
    internal RunOptions? Options { get; init; }

    /// <summary>The soft RLIMIT_STACK as the program knows it; the map lets a main stack that went past it use some more.</summary>
    internal ulong StackLimit
    {
        get => Vm.Limits.Stack >= VmSystem.Infinity ? VmSystem.Infinity : Vm.Limits.Stack - (MainStack?.Slack ?? 0);
        set => Vm.Limits = Vm.Limits with { Stack = value >= VmSystem.Infinity ? VmSystem.Infinity : value + (MainStack?.Slack ?? 0) };
    }

    /// <summary>The managed stacks; a main stack comes first.</summary>
    internal List<ManagedStack> Stacks { get; } = [];

    internal ManagedStack? MainStack => Stacks.Count > 0 && Stacks[0].Kind == StackKind.Main ? Stacks[0] : null;

    /// <summary>Inaccessible mappings that look like a thread's stack in the making: start to end.</summary>
    internal Dictionary<ulong, ulong> StackCandidates { get; } = [];

    /// <summary>The bounds of the latest mappings that may be stacks.</summary>
    internal RecentMappings Recent { get; } = new();

    /// <summary>The lowest known addresses of mappings made with MAP_GROWSDOWN, which the kernel grows by itself.</summary>
    internal List<ulong> KernelGrown { get; } = [];

    /// <summary>The program break, as brk(2) last answered it; 0 while it is not known.</summary>
    internal ulong Break { get; set; }

    /// <summary>Whether every mapping is followed; else only those where stacks lie, and of the rest the map has what it last took from the kernel.</summary>
    internal bool FollowsMappings => FollowsProtections || Options?.FollowsAllMemory == true;

    /// <summary>
    /// Whether every change of protection is followed too, as once a stack may lie anywhere; else only those where stacks lie, and elsewhere the map has
    /// the protections that mappings were made with: programs change them a thousand times, and nothing is decided by them.
    /// </summary>
    internal bool FollowsProtections { get; set; }

    /// <summary>Where the kernel puts what the program does not place itself.</summary>
    internal MmapArea MmapArea { get; private init; } = new();

    internal CallsInFlight CallsInFlight { get; } = new();

    /// <summary>Whether a thread was killed in the middle of a memory call, so that the map may have what the kernel has not done, or lack what it has.</summary>
    internal bool IsUnsettled { get; set; }

    /// <summary>The thread that was last sent through each trampoline slot; it may have left it long ago.</summary>
    internal Tracee?[] SlotOwners { get; } = new Tracee?[Trampoline.Slots];

    /// <summary>Hears of writes to the skirts of its stacks; null while there are none.</summary>
    internal TouchWatch? Watch { get; set; }

    /// <summary>The program's own descriptor of the watch, while it has still to be closed; else -1.</summary>
    internal int OpenedWatch { get; set; } = -1;

    /// <summary>Whether it is to have no watch, or could not have one.</summary>
    internal bool RefusesWatch { get; set; }

    /// <summary>Makes a piece of stack real; null while the kernel carries out the program's own call.</summary>
    internal PieceCarrier? Carrier { get; set; }

    internal ManagedStack? FindStack(ulong address)
    {
        foreach (var stack in Stacks)
        {
            if (stack.Contains(address))
                return stack;
        }

        return null;
    }

    /// <summary>The memory, or whoever it belonged to, is gone.</summary>
    internal void EndWatch()
    {
        Watch?.Dispose();
        Watch = null;
    }

    /// <summary>The copy a forked child gets; null when the map refuses.</summary>
    internal AddressSpace? Fork(int pid)
    {
        if (Vm.Fork() is not { } vm)
            return null;
        var child = new AddressSpace(vm, Trampoline) { Options = Options, Break = Break, MmapArea = MmapArea.Copy(), FollowsProtections = FollowsProtections, IsUnsettled = IsUnsettled };
        foreach (var stack in Stacks)
        {
            // The program may have kept it from its children.
            if (child.Map.TryLookup(stack.End - 1, out _))
                child.Stacks.Add(stack.Fork(pid));
        }

        foreach (var (start, end) in StackCandidates)
            child.StackCandidates[start] = end;
        child.KernelGrown.AddRange(KernelGrown);
        return child;
    }

    public KernReturn Enter(in VmEntry piece) => Carrier is null ? KernReturn.Success : Carrier(piece);

    public void Remove(ulong start, ulong end)
    {
    }

    public void Protect(ulong start, ulong end, VmProt protection)
    {
    }
}

/// <summary>Makes a piece of stack real in the traced process.</summary>
/// <param name="piece">The range and its protection.</param>
/// <returns>What the map operation is to answer when it cannot be done.</returns>
internal delegate KernReturn PieceCarrier(in VmEntry piece);
