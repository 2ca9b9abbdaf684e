// What threads that look up in a map remember of their last answers, each in a place of its own.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Maps;

/// <summary>The hints of one map. Threads that wrote to a common one would take its cache line from each other at every look-up, so each has its own, more or less.</summary>
/// <remarks>
/// Takes no lock. What a hint finds is as uncertain as <see cref="EntryIndex.LookupUnlocked"/>, until the caller has verified that nobody wrote. Two threads
/// that share a hint may read one's leaf with the other's slot: a slot of any leaf is a slot of every leaf, and what stands there is believed only as far as
/// its range goes. References are stored after what they lead to, so whoever reads one sees a whole leaf, and a whole array of hints.
/// </remarks>
internal struct ReaderHints
{
    private const int Count = 8;

    /// <summary>Where hints lead before their thread has found anything: it has no entries, and never will.</summary>
    private static readonly EntryIndex.Leaf Nowhere = new();

    /// <summary>Those of a map in which nobody has found anything yet. Never written.</summary>
    private static readonly Hint[] None = NewHints();

    private Hint[] _hints;

    public ReaderHints() => _hints = None;

    /// <summary>A thread's last answer, alone on its cache line. Leaf and slot may belong to different look-ups.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Hint
    {
        private EntryIndex.Leaf _leaf;
        private int _slot;
        private readonly long _p0, _p1, _p2, _p3, _p4, _p5;

        internal Hint(EntryIndex.Leaf leaf) => _leaf = leaf;

        internal void Set(EntryIndex.Leaf leaf, int slot)
        {
            // Storing a reference costs more than to look whether it is there already.
            if (_leaf != leaf)
                _leaf = leaf;
            _slot = slot;
        }

        /// <summary>Whether an address lies in the entry that this thread found last.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal readonly bool TryFind(ulong address, out VmRange range)
        {
            range = _leaf.RangeAt(_slot);
            return address >= range.Start && address < range.End;
        }

        /// <summary>Whether it lies in the entry behind: those who walk through the map in address order ask for that.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal bool TryFindNext(ulong address, out VmRange range)
        {
            var slot = _slot + 1;
            range = slot < EntryIndex.Capacity ? _leaf.RangeAt(slot) : default;
            if (address < range.Start || address >= range.End)
                return false;
            _slot = slot;
            return true;
        }

        /// <summary>The id of the entry that contains an address, if it is the one that this thread found last or the one behind; otherwise <see cref="EntryIndex.Header"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int Find(ulong address)
        {
            var (leaf, slot) = (_leaf, _slot);
            if (address >= leaf.Ends[slot])
                slot = Math.Min(slot + 1, EntryIndex.Capacity - 1);
            if (address < leaf.Starts[slot] || address >= leaf.Ends[slot])
                return EntryIndex.Header;
            _slot = slot;
            return leaf.IdAt(slot);
        }
    }

    /// <summary>The calling thread's.</summary>
    internal readonly ref Hint Own
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_hints), OwnPlace());
    }

    /// <summary>The calling thread has found an entry.</summary>
    internal void Remember(EntryIndex.Leaf leaf, int slot)
    {
        // If two threads make the hints at once, one of them only forgets its first.
        if (_hints == None)
            _hints = NewHints();
        Own.Set(leaf, slot);
    }

    private static Hint[] NewHints()
    {
        var hints = new Hint[Count];
        Array.Fill(hints, new Hint(Nowhere));
        return hints;
    }

    /// <summary>Which hint is a thread's, one of <see cref="Count"/>: threads have stacks of their own, so where a local variable lies tells them apart, and costs less than to ask who they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OwnPlace()
    {
        const ulong Golden = 0x9e37_79b9_7f4a_7c15;
        byte here = 0;
        var stack = (ulong)Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref here) >> 18;
        return (int)(unchecked(stack * Golden) >> 61);
    }
}
