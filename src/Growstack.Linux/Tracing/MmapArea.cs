// Chooses addresses for mappings that a program leaves to the kernel.
namespace Growstack.Linux.Tracing;

/// <summary>
/// Knows where the kernel puts mappings and puts further ones there: into the holes, or below. A call whose address is known before it is made
/// needs one stop, not two. Where the kernel has not chosen yet, or anything is unusual, the choice stays the kernel's.
/// </summary>
internal sealed class MmapArea
{
    private const ulong Largest = 1UL << 30;
    private const ulong HugePage = 2UL << 20;

    /// <summary>The area never reaches down to the window of thread stacks.</summary>
    internal const ulong Floor = ThreadStacks.WindowEnd + Largest;

    private ulong _low;
    private ulong _high;

    /// <summary>Whether every choice is to stay the kernel's: it keeps distances that the map does not know of.</summary>
    internal bool LeftToKernel { get; set; }

    /// <summary>The kernel has chosen a range.</summary>
    internal void Learn(ulong start, ulong end)
    {
        if (start < Floor)
            return;
        _low = _low == 0 ? start : Math.Min(_low, start);
        _high = Math.Max(_high, end);
    }

    /// <summary>Chooses a free range; null leaves the choice to the kernel.</summary>
    /// <param name="space">The program's address space.</param>
    /// <param name="length">The length in bytes, a multiple of the page size.</param>
    internal ulong? Choose(AddressSpace space, ulong length)
    {
        if (_low == 0 || LeftToKernel || !space.FollowsMappings || length > Largest)
            return null;

        var map = space.Map;

        // Multiples of a huge page lie where the kernel can use huge pages.
        bool huge = length % HugePage == 0;
        if (!huge && map.FindSpace(_low, length, out ulong hole) && hole + length <= _high)
            return space.CallsInFlight.Touch(hole, hole + length) ? null : hole;
        ulong below = _low - length;
        if (huge)
            below &= ~(HugePage - 1);
        if (below < Floor || !map.FindSpace(below, length, out ulong free) || free != below || space.CallsInFlight.Touch(below, _low))
            return null;
        _low = below;
        return below;
    }

    internal MmapArea Copy() => new() { _low = _low, _high = _high, LeftToKernel = LeftToKernel };
}
