// A process: the limits, the lock and the address space that its stacks grow in.
using Growstack.Maps;

namespace Growstack.Processes;

/// <summary>A process, as far as its stacks are concerned.</summary>
/// <remarks>
/// The process lock guards <see cref="Limits"/>, <see cref="HasText"/>, <see cref="StackGapDisabled"/> and <see cref="Space"/>. It is held only to read
/// them; the map's lock may be taken inside it, never the other way round.
/// </remarks>
public sealed class VmProcess
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private ProcessLimits _limits = ProcessLimits.Unlimited;
    private bool _hasText = true;
    private bool _stackGapDisabled;
    private VmSpace _space;

    /// <summary>A process in an address space, without limits.</summary>
    public VmProcess(VmSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        _space = space;
        System = space.Map.System;
    }

    /// <summary>The kernel the process runs on.</summary>
    public VmSystem System { get; }

    /// <summary>The resource limits.</summary>
    public ProcessLimits Limits
    {
        get { lock (_lock) return _limits; }
        set { lock (_lock) _limits = value; }
    }

    /// <summary>Whether the process executes a file (p_textvp). Without one, release 12 grows nothing.</summary>
    public bool HasText
    {
        get { lock (_lock) return _hasText; }
        set { lock (_lock) _hasText = value; }
    }

    /// <summary>P2_STKGAP_DISABLE, see procctl(2): new stacks get no guard, and growth of existing ones leaves none (release 12).</summary>
    public bool StackGapDisabled
    {
        get { lock (_lock) return _stackGapDisabled; }
        set { lock (_lock) _stackGapDisabled = value; }
    }

    /// <summary>The address space.</summary>
    /// <exception cref="ArgumentException">The space belongs to another system.</exception>
    public VmSpace Space
    {
        get { lock (_lock) return _space; }
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Map.System != System)
                throw new ArgumentException("The address space belongs to another system.", nameof(value));
            lock (_lock)
                _space = value;
        }
    }

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
        var (limits, hasText, disabled) = ReadForGrowth();
        return new VmProcess(space) { Limits = limits, HasText = hasText, StackGapDisabled = disabled };
    }

    internal (ProcessLimits Limits, bool HasText, bool StackGapDisabled) ReadForGrowth()
    {
        lock (_lock)
            return (_limits, _hasText, _stackGapDisabled);
    }
}
