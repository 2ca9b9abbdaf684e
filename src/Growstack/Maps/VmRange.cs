// What a look-up mostly asks of an entry.
namespace Growstack.Maps;

/// <summary>The range of one entry of a map and what it permits, as they were when asked for: all that the check of an access needs.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The first address past the range.</param>
/// <param name="Protection">The accesses permitted; none of a guard.</param>
public readonly record struct VmRange(ulong Start, ulong End, VmProt Protection);
