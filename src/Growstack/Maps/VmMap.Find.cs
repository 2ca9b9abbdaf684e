// Finding room: vm_map_findspace(9), vm_map_find(9), vm_map_find_min(9).
using Growstack.Processes;

namespace Growstack.Maps;

/// <summary>Where vm_map_find(9) may place a mapping, the kernel's VMFS_*.</summary>
public readonly record struct VmFindSpace
{
    private enum Rule : byte
    {
        None,
        Any,
        Optimal,
        Super,
        Aligned,
    }

    private readonly Rule _rule;
    private readonly byte _shift;

    private VmFindSpace(Rule rule, byte shift = 0) => (_rule, _shift) = (rule, shift);

    /// <summary>VMFS_NO_SPACE: exactly where asked.</summary>
    public static VmFindSpace None => default;

    /// <summary>VMFS_ANY_SPACE: the first room that fits.</summary>
    public static VmFindSpace Any => new(Rule.Any);

    /// <summary>VMFS_OPTIMAL_SPACE: as <see cref="Super"/> for objects that know their place, otherwise, and if there is no such room, as <see cref="Any"/>.</summary>
    public static VmFindSpace Optimal => new(Rule.Optimal);

    /// <summary>VMFS_SUPER_SPACE: where large pages (2 MiB) can be used, if the mapping is large enough for one.</summary>
    public static VmFindSpace Super => new(Rule.Super);

    /// <summary>VMFS_ALIGNED_SPACE: at a multiple of 2^<paramref name="shift"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shift"/> is not in 1..63.</exception>
    public static VmFindSpace Aligned(int shift)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shift, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, 63);
        return new VmFindSpace(Rule.Aligned, (byte)shift);
    }

    internal bool IsFixed => _rule == Rule.None;

    internal bool IsOptimal => _rule == Rule.Optimal;

    internal bool IsAligning => _rule is Rule.Super or Rule.Aligned;

    /// <summary>The lowest suitable address at or above one.</summary>
    internal ulong Align(ulong address, ulong length, ulong offset)
    {
        if (_rule == Rule.Aligned)
        {
            var mask = (1UL << _shift) - 1;
            return unchecked((address + mask) & ~mask);
        }
        const ulong LargePage = 2 << 20;
        const ulong Mask = LargePage - 1;
        if (_rule != Rule.Super || length < LargePage)
            return address;
        // The mapping must hold a whole large page of its object.
        var inPage = offset & Mask;
        if (length - ((LargePage - inPage) & Mask) < LargePage || (address & Mask) == inPage)
            return address;
        var page = (address & Mask) < inPage ? address & ~Mask : unchecked((address + Mask) & ~Mask);
        return unchecked(page + inPage);
    }
}

public sealed partial class VmMap
{
    /// <summary>vm_map_findspace(9): the lowest free range of a length.</summary>
    /// <param name="start">The lowest address wanted.</param>
    /// <param name="length">The length in bytes.</param>
    /// <param name="address">The range's first address; if there is none, so high that the range would pass the map's end by one byte.</param>
    /// <returns>Whether there is one.</returns>
    public bool FindSpace(ulong start, ulong length, out ulong address)
    {
        using (_lock.Hold())
            return FindSpaceLocked(start, length, out address);
    }

    /// <summary>vm_map_find(9): maps a length somewhere.</summary>
    /// <param name="obj">The object; null for anonymous memory.</param>
    /// <param name="offset">Where the mapping begins in the object, in bytes.</param>
    /// <param name="address">In: the lowest address wanted. Out: where the mapping is; unchanged if it is not.</param>
    /// <param name="length">The length in bytes.</param>
    /// <param name="maxAddress">The first address past the highest that is wanted; zero: the map's end.</param>
    /// <param name="space">Which places will do.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    /// <param name="cow">What kind of mapping; may be a stack (release 12).</param>
    /// <param name="current">Whose <see cref="VmProcess.StackGapDisabled"/> counts if it is a stack; null: nobody's.</param>
    /// <returns>As <see cref="Insert"/>, or of a stack as <see cref="MapStack"/>; <see cref="KernReturn.NoSpace"/>: there is no such place.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Insert"/>; a stack with an object; or length zero where a place must be aligned.</exception>
    public KernReturn Find(
        VmObject? obj,
        ulong offset,
        ref ulong address,
        ulong length,
        ulong maxAddress,
        VmFindSpace space,
        VmProt prot,
        VmProt max,
        VmMapFlags cow,
        VmProcess? current = null)
    {
        ValidateMapping(obj, prot, max, cow);
        ValidateStackPlacing(obj, cow);
        // No object has a colour of its own, so nothing is optimal but the first room.
        if (space.IsOptimal)
            space = VmFindSpace.Any;
        if (length == 0 && space.IsAligning)
            throw new ArgumentException("Nothing can be aligned for an empty mapping.", nameof(length));
        var guard = System.GuardBytesFor(current);
        using var scope = Write();

        var clusters = obj is null && !space.IsFixed && maxAddress == 0 && prot != VmProt.None
            && (cow & (Orientation | VmMapFlags.InheritShare)) == 0 && MayCluster(address);
        var place = address;
        if (!space.IsFixed)
        {
            var hinted = clusters && _anonymousHint != 0;
            var answer = hinted ? Place(_anonymousHint, length, maxAddress, offset, space, out place) : KernReturn.NoSpace;
            if (answer != KernReturn.Success)
                answer = Place(address, length, maxAddress, offset, space, out place);
            if (answer != KernReturn.Success)
                return answer;
        }
        var result = (cow & Orientation) != 0
            ? _rules.Stacks.Map(this, place, length, guard, prot, max, cow)
            : InsertLocked(obj, offset, place, unchecked(place + length), prot, max, cow, out _);
        if (result != KernReturn.Success)
            return result;
        if (clusters)
            _anonymousHint = place + length;
        address = place;
        return result;
    }

    /// <summary>vm_map_find_min(9): as <see cref="Find"/>, and if there is no place at or above the address, again from a lower one.</summary>
    /// <inheritdoc cref="Find"/>
    /// <param name="minAddress">The lower address.</param>
#pragma warning disable CS1573 // The other parameters are inherited.
    public KernReturn FindMin(
        VmObject? obj,
        ulong offset,
        ref ulong address,
        ulong length,
        ulong minAddress,
        ulong maxAddress,
        VmFindSpace space,
        VmProt prot,
        VmProt max,
        VmMapFlags cow,
        VmProcess? current = null)
#pragma warning restore CS1573
    {
        using (_lock.Hold())
        {
            var result = Find(obj, offset, ref address, length, maxAddress, space, prot, max, cow, current);
            if (result == KernReturn.Success || minAddress >= address)
                return result;
            var lower = minAddress;
            result = Find(obj, offset, ref lower, length, maxAddress, space, prot, max, cow, current);
            if (result == KernReturn.Success)
                address = lower;
            return result;
        }
    }

    private bool MayCluster(ulong address) => _rules.HasGuards && System.ClusterAnonymous switch
    {
        0 => false,
        1 => address == 0,
        _ => true,
    };

    /// <summary>The first suitable place at or above an address.</summary>
    private KernReturn Place(ulong from, ulong length, ulong maxAddress, ulong offset, VmFindSpace space, out ulong place)
    {
        while (true)
        {
            if (!FindSpaceLocked(from, length, out place) || (maxAddress != 0 && place + length > maxAddress))
                return KernReturn.NoSpace;
            var aligned = space.Align(place, length, offset);
            if (aligned == place)
                return KernReturn.Success;
            if (_rules.AlignsByInserting)
            {
                // Release 10 tries to map at the aligned address, and looks at no limit but the map's end any more.
                place = aligned;
                if (aligned < Min || length > Max || aligned > Max - length)
                    return KernReturn.InvalidAddress;
                if (FindSpaceLocked(aligned, length, out var free) && free == aligned)
                    return KernReturn.Success;
            }
            from = aligned;
        }
    }

    private bool FindSpaceLocked(ulong start, ulong length, out ulong address)
    {
        if (_history is not null)
        {
            if (_history.FindSpace(start, length, Min, Max, out address))
                return true;
            address = unchecked(Max - length + 1);
            return false;
        }
        // Room for nothing is where an entry ends, even if the next one begins there.
        if (length == 0 && start < Max)
        {
            address = Math.Max(start, Min);
            if (_index.Lookup(address, out var id))
                address = _index[id].End;
            return true;
        }
        if (_index.FindSpace(start, length, out address) && address <= Max && length <= Max - address)
            return true;
        address = unchecked(Max - length + 1);
        return false;
    }
}
