// Looking addresses up, by any number of threads at once: optimistic reads under a sequence counter.
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>How often a look-up tries without the lock.</summary>
    private const int OptimisticTries = 16;

    // All guarded by _lock; the sequence is read without it. It is odd while somebody writes, and each outermost write scope adds two.
    private int _writeDepth;
    private int _writer;
    private ulong _sequence;

    // Each thread's place in it is written by that thread, without a lock.
    private ReaderHints _hints = new();

    /// <summary>The entry that contains an address, as it is now.</summary>
    /// <param name="address">The address.</param>
    /// <param name="entry">The entry, if there is one.</param>
    /// <returns>Whether the address is mapped (or reserved: guards and gaps are entries too).</returns>
    /// <remarks>
    /// Takes no lock: look-ups run in parallel and never wait for each other. The answer is atomic: it is the whole entry as it stood at one moment during
    /// the call, before or after each operation of another thread and never in its middle; it may be out of date as soon as it is returned. While an operation
    /// that may change the map is under way the look-up waits for its end, at first by trying again, in the end at the map's lock, so that a stream of
    /// writers cannot starve it. Two look-ups may fall on different sides of an operation between them: only
    /// <see cref="Entries"/> shows several entries as of one moment. Allocates nothing.
    /// </remarks>
    public bool TryLookup(ulong address, out VmEntry entry)
    {
        var before = Volatile.Read(ref _sequence);
        ref var hint = ref _hints.Own;
        if (hint.Find(address) is var id && id != EntryIndex.Header)
        {
            ref readonly var live = ref _index.EntryUnlocked(id);
            if (!Unsafe.IsNullRef(in live))
            {
                entry = Snapshot(live);
                if (IsUnchangedSince(before))
                    return true;
            }
        }
        var found = Read(address, out entry, out _);
        if (!found)
            entry = default;
        return found;
    }

    /// <summary>The range of the entry that contains an address, and what it permits, as they are now; cheaper than the whole entry.</summary>
    /// <param name="address">The address.</param>
    /// <param name="range">The range, if there is one.</param>
    /// <returns>Whether the address is mapped (or reserved: guards and gaps are entries too).</returns>
    /// <remarks>As atomic as <see cref="TryLookup"/>, as parallel, and waits for writers as that does.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLookupRange(ulong address, out VmRange range)
    {
        var before = Volatile.Read(ref _sequence);
        ref var hint = ref _hints.Own;
        if (hint.TryFind(address, out range) && IsUnchangedSince(before))
            return true;
        // Only the slow path needs the answer to have an address: the fast one keeps it in registers.
        var other = ReadNextRange(ref hint, address);
        range = other;
        return other.End != 0;
    }

    /// <summary>vm_map_lookup_entry(9): the entry that contains an address or, if none does, the last one below it.</summary>
    /// <param name="address">The address.</param>
    /// <param name="entry">The entry; null if all entries lie above the address.</param>
    /// <returns>Whether the entry contains the address.</returns>
    /// <remarks>As atomic as <see cref="TryLookup"/>.</remarks>
    public bool LookupEntry(ulong address, out VmEntry? entry)
    {
        RecordLookup(address);
        var found = Read(address, out var copy, out var any);
        entry = any ? copy : null;
        return found;
    }

    /// <summary>Looks an address up under the lock, as <see cref="EntryIndex.Lookup"/>; a map that remembers searches does.</summary>
    internal bool Locate(ulong address, out int id)
    {
        _history?.LookUp(address);
        return _index.Lookup(address, out id);
    }

    /// <summary>Whether nothing is mapped in a range, and what touches it, as <see cref="EntryIndex.IsFree"/>; a map that remembers searches does.</summary>
    internal bool IsFree(ulong start, ulong end, out int before, out bool touchesNext)
    {
        _history?.LookUp(start);
        return _index.IsFree(start, end, out before, out touchesNext);
    }

    private void RecordLookup(ulong address)
    {
        if (_history is null)
            return;
        using (_lock.Hold())
            _history?.LookUp(address);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Read(ulong address, out VmEntry entry, out bool any)
    {
        var before = Volatile.Read(ref _sequence);
        if (TryReadUnlocked(address, out entry, out any, out var found) && IsUnchangedSince(before))
            return found;
        return ReadAgain(address, out entry, out any);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReadAgain(ulong address, out VmEntry entry, out bool any)
    {
        var spin = default(SpinWait);
        for (var tries = 0; tries < OptimisticTries; tries++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            var before = Volatile.Read(ref _sequence);
            if (TryReadUnlocked(address, out entry, out any, out var found) && IsUnchangedSince(before))
                return found;
        }
        using (_lock.Hold())
        {
            var found = _index.Lookup(address, out var id);
            any = id != EntryIndex.Header;
            entry = any ? Snapshot(_index[id]) : default;
            return found;
        }
    }

    /// <summary>Reads without the lock. What comes out may be torn or of two moments, until <see cref="IsUnchangedSince"/> has said that it is not.</summary>
    private bool TryReadUnlocked(ulong address, out VmEntry entry, out bool any, out bool found)
    {
        found = _index.LookupUnlocked(address, out var id, ref _hints);
        any = id != EntryIndex.Header;
        ref readonly var live = ref _index.EntryUnlocked(id);
        if (Unsafe.IsNullRef(in live))
        {
            entry = default;
            return false;
        }
        entry = Snapshot(live);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VmRange ReadNextRange(ref ReaderHints.Hint hint, ulong address)
    {
        var before = Volatile.Read(ref _sequence);
        if (hint.TryFindNext(address, out var range) && IsUnchangedSince(before))
            return range;
        return ReadRange(address);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private VmRange ReadRange(ulong address)
    {
        var spin = default(SpinWait);
        for (var tries = 0; tries <= OptimisticTries; tries++)
        {
            var before = Volatile.Read(ref _sequence);
            var range = _index.RangeUnlocked(address, ref _hints);
            if (IsUnchangedSince(before))
                return range;
            spin.SpinOnce(sleep1Threshold: -1);
        }
        using (_lock.Hold())
            return _index.RangeUnlocked(address, ref _hints);
    }

    /// <summary>Whether nobody wrote since the counter was read, nor at that moment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsUnchangedSince(ulong before)
    {
        // The barrier keeps the second look at the counter behind the reads that it vouches for.
        Volatile.ReadBarrier();
        return Volatile.Read(ref _sequence) == before && (before & 1) == 0;
    }

    private void BeginWrite(int thread)
    {
        if (_writeDepth++ > 0)
            return;
        _writer = thread;
        // Readers must see the odd number before they can see any of the writes.
        Volatile.Write(ref _sequence, _sequence + 1);
        Volatile.WriteBarrier();
    }

    private void EndWrite()
    {
        if (--_writeDepth == 0)
            Volatile.Write(ref _sequence, _sequence + 1);
    }

    private VmEntry Snapshot(int id) => Snapshot(_index[id]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static VmEntry Snapshot(in MapEntry entry) => new(
        entry.Start,
        entry.End,
        entry.Protection,
        entry.MaxProtection,
        entry.Inheritance,
        entry.Flags,
        entry.WiredCount,
        entry.Object,
        entry.Offset,
        entry.Reserve);
}
