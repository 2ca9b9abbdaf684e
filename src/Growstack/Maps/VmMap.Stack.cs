// Stacks on a map: vm_map_stack(9) and vm_map_growstack(9). How the releases differ is in Stacks/.
using Growstack.Processes;
using Growstack.Stacks;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>
    /// vm_map_stack(9): maps a stack for a new process image. Of the <paramref name="maxSsize"/> bytes only the first (at most
    /// <see cref="VmSystem.StackGrowthSize"/>) are mapped, at the end away from the direction of growth; the rest is the stack's room.
    /// </summary>
    /// <param name="process">The process whose limits count; its map may be another.</param>
    /// <param name="addrbos">The lowest address of the stack with all its room.</param>
    /// <param name="maxSsize">The size of the stack with all its room, in bytes; release 12 keeps the guard in it.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    /// <param name="cow">The direction of growth (<see cref="VmMapFlags.StackGrowsDown"/>, <see cref="VmMapFlags.StackGrowsUp"/>; release 10: or both), and flags of the new mapping.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.NoSpace"/>: over the VMEM or MEMLOCK limit, or something is mapped there, or (release 10)
    /// <paramref name="addrbos"/> lies outside the map; <see cref="KernReturn.InvalidAddress"/>: it leaves the map or is empty;
    /// <see cref="KernReturn.InvalidArgument"/>: not larger than its guard (release 12); or as <see cref="Insert"/>.
    /// </returns>
    /// <exception cref="ArgumentException">No direction, or in release 12 both, or more protection than the maximum.</exception>
    /// <exception cref="InvalidOperationException">Release 12: the map wires future mappings.</exception>
    public KernReturn MapStack(VmProcess process, ulong addrbos, ulong maxSsize, VmProt prot, VmProt max, VmMapFlags cow)
    {
        ArgumentNullException.ThrowIfNull(process);
        ValidateMapping(null, prot, max, cow);
        if ((cow & Orientation) == 0)
            throw new ArgumentException("The stack does not grow in any direction.", nameof(cow));
        _rules.Stacks.Validate(cow);
        var state = process.State;
        var limits = state.Limits;
        var guard = System.GuardBytesFor(process);
        using var scope = Write();
        _rules.Stacks.ValidateMap(this);
        var initial = Math.Min(maxSsize, System.StackGrowthSize);
        if (IsOverMemlock(limits, initial) || IsOverVmem(limits, initial))
            return KernReturn.NoSpace;
        return _rules.Stacks.Map(this, addrbos, maxSsize, guard, prot, max, cow);
    }

    /// <summary>
    /// vm_map_growstack(9): grows the stack in whose range an address lies, so far that the address is mapped. Threads that fault in the same room at once
    /// grow it once: the later one finds its address mapped.
    /// </summary>
    /// <param name="process">The current process. Release 10 grows on its map, whatever this one is.</param>
    /// <param name="address">The address.</param>
    /// <param name="step">Growth is rounded up to a multiple of this many bytes.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>: grown, mapped already, or (release 10) in no stack's range; <see cref="KernReturn.NoSpace"/>: over a limit, in the
    /// guard, or no room left; <see cref="KernReturn.Failure"/> (release 12): in no stack's range, or not the process's own map, or the process has no text;
    /// or as <see cref="Insert"/>. If only the wiring of what was grown fails, release 12 answers so and the growth stays.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is zero.</exception>
    public KernReturn GrowStack(VmProcess process, ulong address, ulong step)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentOutOfRangeException.ThrowIfZero(step);
        return _rules.Stacks.Grow(this, process, address, step);
    }

    internal bool IsOverMemlock(in ProcessLimits limits, ulong more) =>
        _wireFuture && !System.OldMlock && StackDiscipline.Exceeds(_wired.Pages * VmPage.Size, more, limits.Memlock);

    internal bool IsOverVmem(in ProcessLimits limits, ulong more) => StackDiscipline.Exceeds(_size, more, limits.Vmem);

    internal bool WiresFuture => _wireFuture;
}
