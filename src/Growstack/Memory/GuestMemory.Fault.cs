// Page faults, vm_fault: the map says what is there, the objects have the page, the pmap enters it.
using Growstack.Maps;

namespace Growstack.Memory;

public sealed partial class GuestMemory
{
    /// <summary>
    /// A page fault, vm_fault: makes one kind of access to the page of an address possible, growing the stack in whose range it lies, bringing the page in or
    /// copying it. Accesses do so by themselves.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="type">The kind of access.</param>
    /// <returns>What an access would answer, see <see cref="GuestMemory"/>.</returns>
    /// <exception cref="InvalidOperationException">The address lies in a mapping that must not fault.</exception>
    public KernReturn Fault(ulong address, VmProt type)
    {
        while (true)
        {
            var answer = Resolve(address, type, out var fault);
            if (answer != KernReturn.Success || fault.Missing is not { } missing)
                return answer;
            // The map may change while the pager reads, so everything is looked at again.
            answer = missing.PageIn(Map.System, fault.MissingIndex);
            if (answer != KernReturn.Success)
                return answer;
        }
    }

    /// <summary>
    /// msync(2): puts back each page of [start, end), cut to the map, that was written to, through any shared mapping, since it was last put back; only objects with
    /// a pager have such. An empty range means the whole entry at its start.
    /// </summary>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>: a hole, and nothing was put back; <see cref="KernReturn.Failure"/>: a pager
    /// did not take a page, which the next call will put back.
    /// </returns>
    public KernReturn Sync(ulong start, ulong end)
    {
        var answer = Map.Sync(start, end, invalidate: false);
        if (answer != KernReturn.Success)
            return answer;
        if (start == end)
            end = Map.TryLookup(start, out var whole) ? whole.End : start;
        foreach (var entry in Map.EnumerateEntries())
        {
            if (entry.Object?.Pager is not { } pager || entry.End <= start || entry.Start >= end)
                continue;
            var from = Math.Max(start, entry.Start);
            var first = VmPage.Count(entry.Offset + (from - entry.Start));
            var count = VmPage.Count(VmPage.RoundUp(Math.Min(end, entry.End)) - VmPage.RoundDown(from));
            var dirty = new SortedDictionary<ulong, byte[]>();
            foreach (var writer in entry.Object.WritersOf(first, count))
            {
                foreach (var (index, page) in writer.TakeDirty(entry.Object, first, count))
                    dirty[index] = page;
            }
            foreach (var (index, page) in dirty)
            {
                if (pager.PutPage(index, page))
                    continue;
                entry.Object.MarkDirty(index, _pmap);
                answer = KernReturn.Failure;
            }
        }
        return answer;
    }

    /// <summary>Checks every invariant of the map, and that all that can be accessed without a fault is what the map and its objects say.</summary>
    /// <exception cref="InvalidOperationException">One does not hold; the message names it.</exception>
    public void CheckConsistency()
    {
        Map.CheckConsistency();
        _pmap.CheckConsistency();
    }

    /// <summary>An access could not be made: by the page table that was not at hand, or else by a fault.</summary>
    private KernReturn MakeAccessible(ulong address, VmProt access)
    {
        if (_pmap.TryLoadTable(address, access))
            return KernReturn.Success;
        var answer = Fault(address, access);
        if (answer == KernReturn.Success)
            _pmap.TryLoadTable(address, access);
        return answer;
    }

    private KernReturn Resolve(ulong address, VmProt type, out ObjectFault fault)
    {
        using var scope = Map.Write();
        fault = default;
        var answer = Map.Fault(Process, address, type, out var found);
        if (answer != KernReturn.Success)
            return answer;
        // A wired page is got for all the accesses that will ever be made.
        var wanted = found.IsWired ? type | found.Protection : type;
        answer = _pmap.FindPage(found.Entry, address, (wanted & (VmProt.Write | VmProt.Copy)) != 0, out fault);
        if (answer == KernReturn.Success && fault.Page is not null)
            _pmap.Enter(address, fault, found.Protection);
        return answer;
    }
}
