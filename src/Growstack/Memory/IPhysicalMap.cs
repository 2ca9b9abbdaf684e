// The seam to real memory: who carries out what the map decides.
using Growstack.Maps;

namespace Growstack.Memory;

/// <summary>
/// A physical map, pmap(9): makes mappings real. The map calls it with its lock held: to enter a mapping before its own entries change, to take one away before
/// the memory behind it is let go. It must not call back into the map.
/// </summary>
public interface IPhysicalMap
{
    /// <summary>A mapping, or a piece that a stack grows by, is about to be inserted; guards and gaps are not reported.</summary>
    /// <param name="piece">Exactly what is inserted, before any merging: of a stack that grows up, the extension only.</param>
    /// <returns><see cref="KernReturn.Success"/>, or the answer that the operation shall give: then nothing is inserted.</returns>
    KernReturn Enter(in VmEntry piece);

    /// <summary>The mappings in [start, end) are gone, or about to go in the same operation.</summary>
    void Remove(ulong start, ulong end);

    /// <summary>The accesses permitted in [start, end) are now <paramref name="protection"/>.</summary>
    void Protect(ulong start, ulong end, VmProt protection);

    /// <summary>The pages of [start, end) are to be made resident and kept so.</summary>
    /// <param name="start">The first address.</param>
    /// <param name="end">The first address past the range.</param>
    /// <param name="failed">On failure, the page that could not be wired; those before it are.</param>
    /// <returns><see cref="KernReturn.Success"/>, or the answer that the operation shall give.</returns>
    KernReturn Wire(ulong start, ulong end, out ulong failed)
    {
        failed = end;
        return KernReturn.Success;
    }

    /// <summary>The pages of [start, end) need not stay resident any longer.</summary>
    void Unwire(ulong start, ulong end)
    {
    }

    /// <summary>The mappings in [start, end) stay, but not what is behind them: the contents were given up (MADV_FREE), or other pages are to be found there from now on.</summary>
    void Invalidate(ulong start, ulong end)
    {
    }
}

/// <summary>A physical map that does nothing and refuses nothing: the map alone.</summary>
public sealed class NullPhysicalMap : IPhysicalMap
{
    private NullPhysicalMap()
    {
    }

    /// <summary>The one there is.</summary>
    public static NullPhysicalMap Instance { get; } = new();

    /// <inheritdoc/>
    public KernReturn Enter(in VmEntry piece) => KernReturn.Success;

    /// <inheritdoc/>
    public void Remove(ulong start, ulong end)
    {
    }

    /// <inheritdoc/>
    public void Protect(ulong start, ulong end, VmProt protection)
    {
    }
}
