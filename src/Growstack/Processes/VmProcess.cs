// A process: the limits, the lock and the address space that its stacks grow in.
using Growstack.Maps;

namespace Growstack.Processes;

/// <summary>A process, as far as its stacks are concerned.</summary>
/// <remarks>
/// What can change is one immutable <see cref="ProcessState"/>: whoever reads it sees all of it as of one moment, and takes no lock. Changes are made under the
/// process lock.
/// </remarks>
public sealed partial class VmProcess
{
    private readonly Lock _lock = new();

    // Written under _lock.
    private volatile ProcessState _state;

    /// <summary>A process in an address space, without limits.</summary>
    public VmProcess(VmSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        _state = new ProcessState(space, ProcessLimits.Unlimited, HasText: true, StackGapDisabled: false);
        System = space.Map.System;
    }

    private VmProcess(ProcessState state)
    {
        _state = state;
        System = state.Space.Map.System;
    }

    /// <summary>The kernel the process runs on.</summary>
    public VmSystem System { get; }

    /// <summary>The resource limits.</summary>
    public ProcessLimits Limits
    {
        get => _state.Limits;
        set { lock (_lock) _state = _state with { Limits = value }; }
    }

    /// <summary>Whether the process executes a file (p_textvp). Without one, release 12 grows nothing.</summary>
    public bool HasText
    {
        get => _state.HasText;
        set { lock (_lock) _state = _state with { HasText = value }; }
    }

    /// <summary>P2_STKGAP_DISABLE, see procctl(2): new stacks get no guard, and growth of existing ones leaves none (release 12).</summary>
    public bool StackGapDisabled
    {
        get => _state.StackGapDisabled;
        set { lock (_lock) _state = _state with { StackGapDisabled = value }; }
    }

    /// <summary>The address space.</summary>
    /// <exception cref="ArgumentException">The space belongs to another system.</exception>
    public VmSpace Space
    {
        get => _state.Space;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Map.System != System)
                throw new ArgumentException("The address space belongs to another system.", nameof(value));
            lock (_lock)
                _state = _state with { Space = value };
        }
    }

    /// <summary>All that can change, as it is now.</summary>
    internal ProcessState State => _state;

    /// <summary>The map of the address space.</summary>
    public VmMap Map => Space.Map;

    /// <summary>vm_map_stack(9) on the process's own map; see <see cref="VmMap.MapStack"/>.</summary>
    public KernReturn MapStack(ulong addrbos, ulong maxSsize, VmProt prot, VmProt max, VmMapFlags cow) =>
        Map.MapStack(this, addrbos, maxSsize, prot, max, cow);

    /// <summary>vm_map_growstack(9): grows the stack in whose range an address lies, so far that the address is mapped; see <see cref="VmMap.GrowStack(VmProcess, ulong, ulong)"/>.</summary>
    public KernReturn GrowStack(ulong address) => Map.GrowStack(this, address, System.StackGrowthSize);

    /// <summary>As <see cref="GrowStack(ulong)"/>, with this one growth rounded up to a multiple of <paramref name="step"/> bytes instead of <see cref="VmSystem.StackGrowthSize"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is zero.</exception>
    public KernReturn GrowStack(ulong address, ulong step) => Map.GrowStack(this, address, step);

    /// <summary>The map's half of a page fault in the process's own map; see <see cref="VmMap.Fault"/>.</summary>
    public KernReturn Fault(ulong address, VmProt type, out VmFaultResult result) => Map.Fault(this, address, type, out result);

    /// <summary>fork(2): a child in a copy of the address space, with the same limits.</summary>
    /// <returns>The child, or null if its swap cannot be reserved. Entries marked for copying stay so.</returns>
    public VmProcess? Fork()
    {
        var space = Space.Fork(out var charge);
        if (!System.TryReserveForked(space, charge))
            return null;
        return new VmProcess(_state with { Space = space });
    }
}

/// <summary>What can change of a process.</summary>
internal sealed record ProcessState(VmSpace Space, ProcessLimits Limits, bool HasText, bool StackGapDisabled);
