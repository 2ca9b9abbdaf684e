// Look-ups without the map's lock: how they find an entry, and why nothing they read on the way can hurt.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    // Each thread has a hint of its own, more or less: threads that wrote to a common one would take its cache line from each other at every look-up.
    private const int ReaderHints = 8;
    private ReaderHint[]? _readerHints;

    /// <summary>Deeper than any tree of 2^31 entries: a reader that sees a tree in pieces must not go round in it.</summary>
    private const int MaxDepth = 16;

    /// <summary>A thread's last answer, alone on its cache line. Leaf and slot may belong to different look-ups. What it finds is as uncertain as <see cref="LookupUnlocked"/>.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct ReaderHint
    {
        private Leaf? _leaf;
        private int _slot;
        private readonly long _p0, _p1, _p2, _p3, _p4, _p5;

        internal void Set(Leaf leaf, int slot)
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
            range = _leaf is { } leaf ? leaf.RangeAt(_slot) : default;
            return address >= range.Start && address < range.End;
        }

        /// <summary>Whether it lies in the entry behind: those who walk through the map in address order ask for that.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal bool TryFindNext(ulong address, out VmRange range)
        {
            var slot = _slot + 1;
            range = slot < Capacity && _leaf is { } leaf ? leaf.RangeAt(slot) : default;
            if (address < range.Start || address >= range.End)
                return false;
            _slot = slot;
            return true;
        }

        /// <summary>The id of the entry that contains an address, if it is the one that this thread found last or the one behind; otherwise <see cref="Header"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int Find(ulong address)
        {
            if (_leaf is { } leaf)
            {
                var slot = _slot;
                if (address >= leaf.Ends[slot] && slot < Capacity - 1)
                    _slot = ++slot;
                if (address >= leaf.Starts[slot] && address < leaf.Ends[slot])
                    return leaf.IdAt(slot);
            }
            return Header;
        }
    }

    /// <summary>
    /// As <see cref="Lookup"/>, without the map's lock. The answer means something only if nobody wrote meanwhile, which the caller must verify (see
    /// <see cref="VmMap.TryLookup"/>); nothing may be done with it before.
    /// </summary>
    /// <returns>Whether the address is mapped; <paramref name="id"/> as for <see cref="Lookup"/>, and a number that never was an id if writers were in the way.</returns>
    /// <remarks>
    /// Safe whatever writers do: nodes are objects, which stay what they are even when they are pooled and used again; slots found in a node are inside its
    /// arrays; ids are checked against the slabs, which only grow; the way down is limited. A hint is believed only as far as the leaf's keys confirm it, and
    /// it is these keys that the caller's verification covers.
    /// </remarks>
    internal bool LookupUnlocked(ulong address, out int id)
    {
        var found = FindUnlocked(_root, address, out var leaf, out var slot);
        id = slot >= 0 ? leaf!.IdAt(slot) : Header;
        if (found)
            Remember(leaf!, slot);
        return found;
    }

    /// <summary>What a look-up mostly wants to know of the entry that contains an address; it is all in the leaf. As uncertain as <see cref="LookupUnlocked"/>.</summary>
    internal bool TryGetRangeUnlocked(ulong address, out VmRange range)
    {
        if (!FindUnlocked(_root, address, out var leaf, out var slot))
        {
            range = default;
            return false;
        }
        Remember(leaf!, slot);
        range = leaf!.RangeAt(slot);
        return true;
    }

    private void Remember(Leaf leaf, int slot)
    {
        // If two readers make the hints at once, one of them only forgets its first.
        var hints = _readerHints ??= new ReaderHint[ReaderHints];
        hints[OwnHint()].Set(leaf, slot);
    }

    /// <summary>The calling thread's hint; a null reference if there is none yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref ReaderHint Hint()
    {
        if (_readerHints is { } hints)
            return ref hints[OwnHint()];
        return ref Unsafe.NullRef<ReaderHint>();
    }

    /// <summary>Which hint is a thread's: threads have stacks of their own, so where a local variable lies tells them apart, and costs less than to ask who they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OwnHint()
    {
        const ulong Golden = 0x9e37_79b9_7f4a_7c15;
        byte here = 0;
        var stack = (ulong)Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref here) >> 18;
        return (int)(unchecked(stack * Golden) >> 61);
    }

    /// <summary>The entry of an id that may be from a moment long past; a null reference if there never was one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref readonly MapEntry EntryUnlocked(int id)
    {
        var chunks = Volatile.Read(ref _chunks);
        var (chunk, place) = (id >> ChunkBits, id & (FullChunk - 1));
        if ((uint)chunk < (uint)chunks.Length && (uint)place < (uint)chunks[chunk].Length)
            return ref chunks[chunk][place];
        return ref Unsafe.NullRef<MapEntry>();
    }

    private static bool FindUnlocked(Node? root, ulong address, out Leaf? leaf, out int slot)
    {
        var node = root;
        for (var depth = 0; depth < MaxDepth && node is Inner inner; depth++)
            node = inner.Children[Math.Max(inner.SlotOf(address), 0)];
        leaf = node as Leaf;
        slot = leaf?.SlotOf(address) ?? -1;
        return slot >= 0 && address < leaf!.Ends[slot];
    }
}
