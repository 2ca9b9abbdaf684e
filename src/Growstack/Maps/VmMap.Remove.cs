// Removing mappings: vm_map_remove(9), vm_map_delete(9).
namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>vm_map_remove(9): unmaps [start, end), cut to the map. User wiring goes with the mapping. Holes are passed over; a reversed range removes nothing.</summary>
    /// <returns>Always <see cref="KernReturn.Success"/>.</returns>
    /// <exception cref="InvalidOperationException">The range holds memory wired by the system: the kernel would sleep.</exception>
    public KernReturn Remove(ulong start, ulong end)
    {
        using var scope = Write();
        Clamp(ref start, ref end);
        ThrowIfSystemWired(start, end);
        DeleteLocked(start, end);
        return KernReturn.Success;
    }

    /// <summary>vm_map_delete(9): as <see cref="Remove"/>, but the range is not cut to the map: a reversed range splits the entry at its start.</summary>
    /// <inheritdoc cref="Remove"/>
    public KernReturn Delete(ulong start, ulong end)
    {
        using var scope = Write();
        ThrowIfSystemWired(start, end);
        DeleteLocked(start, end);
        return KernReturn.Success;
    }

    /// <summary>Removes all mappings, wired or not: the end of an address space.</summary>
    internal void Clear()
    {
        using var scope = Write();
        DeleteLocked(Min, Max);
    }

    internal void DeleteLocked(ulong start, ulong end)
    {
        if (start == end)
            return;
        var first = FirstIn(start);
        var count = 0;
        ulong swap = 0;
        for (var walk = _index.InOrderFrom(first); walk.MoveNext();)
        {
            var id = walk.Current;
            ref var entry = ref _index[id];
            if (entry.Start >= end)
                break;
            if (entry.End > end)
                ClipEnd(id, end);
            if (entry.WiredCount != 0)
                UnwireEntry(ref entry);
            if (entry.End == _anonymousHint)
                _anonymousHint = entry.Start;
            RemovePhysical(entry);
            ReleaseHoldings(entry, ref swap);
            count++;
            // An entry that reaches to the end is the last: there is no need to look at the next one, nor may the walk go on after a clip.
            if (entry.End >= end)
                break;
            // Neighbours leave the index together, unless it matters which was the first.
            if (_history is not null)
            {
                first = _index.Next(id);
                DropRun(id, 1);
                count = 0;
                walk = _index.InOrderFrom(first);
            }
        }
        if (count > 0)
            DropRun(first, count);
        ReleaseSwap(swap);
    }

    /// <summary>The entry that contains an address, clipped to begin there, or else the next one; the sentinel after the last.</summary>
    private int FirstIn(ulong address)
    {
        if (!Locate(address, out var id))
            return _index.Next(id);
        ClipStart(id, address);
        return id;
    }

    private void ThrowIfSystemWired(ulong start, ulong end)
    {
        if (_systemWires && start < end)
            LookForSystemWired(start, end);
    }

    private void LookForSystemWired(ulong start, ulong end)
    {
        if (!_index.Lookup(start, out var first))
            first = _index.Next(first);
        for (var id = first; IsBelow(id, end); id = _index.Next(id))
        {
            ref var entry = ref _index[id];
            if (SystemWiredCount(entry) != 0)
                throw new InvalidOperationException($"[0x{entry.Start:x}, 0x{entry.End:x}) is wired by the system.");
        }
    }
}
