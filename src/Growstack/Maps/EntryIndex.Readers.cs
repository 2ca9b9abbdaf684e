// Look-ups without the map's lock: how they find an entry, and why nothing they read on the way can hurt.
using System.Runtime.InteropServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    // Each thread has a hint of its own, more or less: threads that wrote to a common one would take its cache line from each other at every look-up.
    private const int ReaderHints = 8;
    private ReaderHint[]? _readerHints;

    /// <summary>Deeper than any tree of 2^31 entries: a reader that sees a tree in pieces must not go round in it.</summary>
    private const int MaxDepth = 12;

    /// <summary>A thread's last answer, alone on its cache line. Leaf and slot may belong to different look-ups.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct ReaderHint
    {
        internal Leaf? Leaf;
        internal int Slot;
        private readonly long _p0, _p1, _p2, _p3, _p4, _p5;
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
        var root = _root;
        if (root is Leaf)
            return FindUnlocked(root, address, out _, out _, out id);
        // If two readers make the hints at once, one of them only forgets its first.
        var hints = _readerHints ??= new ReaderHint[ReaderHints];
        ref var hint = ref hints[Environment.CurrentManagedThreadId & (ReaderHints - 1)];
        if (hint.Leaf is { } near)
        {
            var last = hint.Slot;
            for (var slot = last; slot < Math.Min(last + 2, Capacity); slot++)
            {
                if (address >= near.Starts[slot] && address < near.Ends[slot])
                {
                    if (slot != last)
                        hint.Slot = slot;
                    id = near.Ids[slot];
                    return true;
                }
            }
        }
        var found = FindUnlocked(root, address, out var leaf, out var at, out id);
        if (found)
        {
            if (hint.Leaf != leaf)
                hint.Leaf = leaf;
            hint.Slot = at;
        }
        return found;
    }

    /// <summary>The entry of an id that may be from a moment long past; a null reference if there never was one.</summary>
    internal ref readonly MapEntry EntryUnlocked(int id)
    {
        var chunks = Volatile.Read(ref _chunks);
        var (chunk, place) = (id >> ChunkBits, id & (FullChunk - 1));
        if ((uint)chunk < (uint)chunks.Length && (uint)place < (uint)chunks[chunk].Length)
            return ref chunks[chunk][place];
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<MapEntry>();
    }

    private static bool FindUnlocked(Node? root, ulong address, out Leaf? leaf, out int slot, out int id)
    {
        var node = root;
        for (var depth = 0; depth < MaxDepth && node is Inner inner; depth++)
            node = inner.Children[Math.Max(inner.SlotOf(address), 0)];
        leaf = node as Leaf;
        slot = leaf?.SlotOf(address) ?? -1;
        if (slot < 0)
        {
            id = Header;
            return false;
        }
        id = leaf!.Ids[slot];
        return address < leaf.Ends[slot];
    }
}
