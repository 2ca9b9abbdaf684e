// One row of a process's map, for display.
using Growstack.Maps;

namespace Growstack.Linux;

/// <summary>What backs a range of a process's map; the letters are those of procstat(1) -v.</summary>
public enum MappedKind
{
    /// <summary>Anonymous memory, <c>sw</c>.</summary>
    Anonymous,

    /// <summary>A file, <c>vn</c>.</summary>
    File,

    /// <summary>A guard: inaccessible address space that nothing else can be placed in, <c>gd</c>.</summary>
    Guard,

    /// <summary>The part of a stack's reservation that it has not grown into, <c>gd</c>.</summary>
    StackGap,

    /// <summary>A part of a managed stack, <c>sw</c>.</summary>
    Stack,

    /// <summary>Memory that the kernel itself placed, as the vdso, <c>ph</c>.</summary>
    Kernel,
}

/// <summary>One row of a process's map: the half-open range [<paramref name="Start"/>, <paramref name="End"/>).</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Protection">What accesses are allowed.</param>
/// <param name="MaxProtection">What accesses mprotect(2) could allow.</param>
/// <param name="Kind">What backs the range.</param>
/// <param name="GrowsDown">Whether this is the part of a stack that grows downwards.</param>
/// <param name="CopyOnWrite">Whether writes go to a private copy.</param>
/// <param name="Wired">Whether the range is locked in memory.</param>
/// <param name="Offset">The offset in the file, in bytes.</param>
/// <param name="Path">The file, or the kernel's name for the range as <c>[vdso]</c>; null when it has none.</param>
public readonly record struct MappedRange(
    ulong Start,
    ulong End,
    VmProt Protection,
    VmProt MaxProtection,
    MappedKind Kind,
    bool GrowsDown,
    bool CopyOnWrite,
    bool Wired,
    ulong Offset,
    string? Path);
