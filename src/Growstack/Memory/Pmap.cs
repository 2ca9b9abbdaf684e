// The managed physical map: which pages of an address space are entered, and how accesses by other threads are waited for when one is taken away.
using System.Runtime.CompilerServices;

using Growstack.Maps;

namespace Growstack.Memory;

/// <summary>
/// A pmap(9) in managed memory. It holds nothing that could not be found anew: pages belong to memory objects, and what is entered here is only what the last
/// fault found. So entering may be forgotten at any time, and a child's map begins empty.
/// </summary>
/// <remarks>
/// Entries are written with the map's lock held, and <see cref="_lock"/>, which is innermost and guards the tables too. They are read without any lock by
/// processors that mark the beginning and the end of each access. Whoever takes an access away clears the entry first, then waits for all other
/// processors that are in the midst of one: afterwards nobody reads or writes the page through this map. A barrier in all threads at once takes the place of one in every access.
/// </remarks>
internal sealed class Pmap(VmMap map) : IPhysicalMap
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<ulong, PageTable> _tables = [];

    // pm_active: the processors that may have tables of this map at hand. Written under _lock; the array never changes.
    private Processor[] _active = [];

    /// <summary>Mappings consist of whole pages.</summary>
    public KernReturn Enter(in VmEntry piece)
    {
        var ends = piece.Start | piece.End | (piece.Object is null ? 0 : piece.Offset);
        return VmPage.RoundDown(ends) == ends ? KernReturn.Success : KernReturn.InvalidArgument;
    }

    /// <inheritdoc/>
    public void Remove(ulong start, ulong end) => Revoke(start, end, VmProt.None);

    /// <summary>What is not permitted any longer is taken away; what is permitted in addition, the next fault enters.</summary>
    public void Protect(ulong start, ulong end, VmProt protection) => Revoke(start, end, protection);

    /// <inheritdoc/>
    public void Invalidate(ulong start, ulong end) => Revoke(start, end, VmProt.None);

    /// <summary>Makes pages resident, which managed memory then is for good.</summary>
    public KernReturn Wire(ulong start, ulong end, out ulong failed)
    {
        for (failed = start; failed < end; failed += VmPage.Size)
        {
            if (!map.TryGetBacked(failed, out var entry))
                return KernReturn.Failure;
            ObjectFault fault;
            while (true)
            {
                var answer = FindPage(entry, failed, (entry.Protection & VmProt.Write) != 0, out fault);
                if (answer == KernReturn.Success && fault.Missing is { } missing)
                    answer = missing.PageIn(map.System, fault.MissingIndex);
                if (answer != KernReturn.Success)
                    return answer;
                if (fault.Page is not null)
                    break;
            }
            Enter(failed, fault, entry.Protection);
        }
        return KernReturn.Success;
    }

    /// <summary>Finds the page at an address in the objects. The map's lock is held.</summary>
    internal KernReturn FindPage(in VmEntry entry, ulong address, bool writes, out ObjectFault fault)
    {
        fault = default;
        var page = VmPage.RoundDown(address);
        var offset = entry.Offset + (page - entry.Start);
        // A page that does not lie in the entry as a whole would show more than is mapped.
        if (entry.Object is not { } obj || page < entry.Start || entry.End - page < VmPage.Size || VmPage.RoundDown(offset) != offset)
            return KernReturn.InvalidAddress;
        return obj.FindPage(map.System, VmPage.Count(offset), writes, (entry.Flags & VmEntryFlags.NeedsCopy) != 0, this, out fault);
    }

    /// <summary>
    /// The pages of an object, in [first, first + count), that may have been written to through this pmap since they were put back. Each write from now on
    /// faults and is noted: the map's lock is held between the last unnoted one and the moment when they count as clean.
    /// </summary>
    internal List<(ulong Index, byte[] Page)> TakeDirty(VmObject obj, ulong first, ulong count)
    {
        using var scope = map.Write();
        map.WriteProtect(obj, first * VmPage.Size, count * VmPage.Size);
        return obj.TakeDirty(first, count, this);
    }

    /// <summary>pmap_enter: accesses to a page need no fault from now on. The map's lock is held.</summary>
    internal void Enter(ulong address, in ObjectFault fault, VmProt protection)
    {
        if (fault.IsReadOnly)
            protection &= ~VmProt.Write;
        lock (_lock)
        {
            var number = address >> PageTable.Shift;
            if (!_tables.TryGetValue(number, out var table))
                _tables.Add(number, table = new PageTable(this, number));
            ref var entry = ref table[address];
            if (entry.Page is null)
            {
                table.Count++;
            }
            else if (entry.Page != fault.Page)
            {
                entry.Protection = VmProt.None;
                entry.Page = null;
                WaitForAccesses();
            }
            entry.Page = fault.Page;
            Volatile.Write(ref Unsafe.As<VmProt, byte>(ref entry.Protection), (byte)protection);
        }
    }

    /// <summary>Gives the calling thread's processor the table of an address to keep at hand.</summary>
    /// <returns>Whether there is one, and it permits the access at this moment.</returns>
    internal bool TryLoadTable(ulong address, VmProt access)
    {
        var processor = Processor.Current;
        lock (_lock)
        {
            if (!_tables.TryGetValue(address >> PageTable.Shift, out var table))
                return false;
            if (!_active.Contains(processor))
                _active = [.. _active.Where(static p => p.IsAlive), processor];
            processor.Keep(table);
            return (table[address].Protection & access) != 0;
        }
    }

    /// <summary>Takes accesses away, in whole pages, from wherever the range touches.</summary>
    private void Revoke(ulong start, ulong end, VmProt left)
    {
        if (start >= end)
            return;
        lock (_lock)
        {
            var (first, last) = (start >> PageTable.Shift, (end - 1) >> PageTable.Shift);
            var isRevoked = false;
            if (last - first < (ulong)_tables.Count)
            {
                for (var number = first; number <= last; number++)
                {
                    if (_tables.TryGetValue(number, out var table))
                        isRevoked |= Revoke(table, start, end, left);
                }
            }
            else
            {
                foreach (var (number, table) in _tables)
                {
                    if (number >= first && number <= last)
                        isRevoked |= Revoke(table, start, end, left);
                }
            }
            if (isRevoked)
                WaitForAccesses();
        }
    }

    private bool Revoke(PageTable table, ulong start, ulong end, VmProt left)
    {
        var from = table.Number << PageTable.Shift;
        var to = from + ((1ul << PageTable.Shift) - 1);
        from = Math.Max(from, VmPage.RoundDown(start));
        to = Math.Min(to, end - 1);
        var isRevoked = false;
        for (var address = from; table.Count > 0; address += VmPage.Size)
        {
            ref var entry = ref table[address];
            if (entry.Page is not null && (entry.Protection & ~left) != 0)
            {
                isRevoked = true;
                entry.Protection &= left;
                if (entry.Protection == VmProt.None)
                {
                    entry.Page = null;
                    table.Count--;
                }
            }
            if (to - address < VmPage.Size)
                break;
        }
        if (table.Count == 0)
            _tables.Remove(table.Number);
        return isRevoked;
    }

    /// <summary>Waits until no other processor is in the midst of an access that began before this call.</summary>
    private void WaitForAccesses()
    {
        var self = Processor.Current;
        if (_active is [] || (_active is [var only] && only == self))
            return;
        // Every processor has either marked its access by now, or will find the entry as it is now.
        Interlocked.MemoryBarrierProcessWide();
        foreach (var processor in _active)
        {
            if (processor != self)
                processor.WaitForAccess();
        }
    }

    /// <summary>Checks that all that is entered is what the map and its objects say.</summary>
    /// <exception cref="InvalidOperationException">Something is not.</exception>
    internal void CheckConsistency()
    {
        using var scope = map.Write();
        lock (_lock)
        {
            foreach (var (number, table) in _tables)
            {
                var count = 0;
                for (var address = number << PageTable.Shift; address >> PageTable.Shift == number; address += VmPage.Size)
                {
                    ref var entered = ref table[address];
                    if (entered.Page is null)
                        continue;
                    count++;
                    Check(map.TryGetBacked(address, out var entry), address, "is not mapped");
                    Check((entered.Protection & ~entry.Protection) == 0, address, "permits more than the map");
                    Check((entered.Protection & VmProt.Write) == 0 || (entry.Flags & VmEntryFlags.NeedsCopy) == 0, address, "is writable but still to be copied");
                    var index = VmPage.Count(entry.Offset + (address - entry.Start));
                    Check(entry.Object!.Shows(index, entered.Page, (entry.Flags & VmEntryFlags.NeedsCopy) != 0, out var isOwn), address, "is not what the object shows");
                    Check(isOwn || (entered.Protection & VmProt.Write) == 0, address, "is writable but another object's");
                }
                if (count != table.Count || count == 0)
                    throw new InvalidOperationException($"{count} pages are entered in table 0x{number:x}, {table.Count} counted.");
            }
        }

        static void Check(bool holds, ulong address, string what)
        {
            if (!holds)
                throw new InvalidOperationException($"The page entered at 0x{address:x} {what}.");
        }
    }
}
