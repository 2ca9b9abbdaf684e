// Look-ups without the map's lock: how they find an entry, and why nothing they read on the way can hurt.
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>Deeper than any tree of 2^31 entries: a reader that sees a tree in pieces must not go round in it.</summary>
    private const int MaxDepth = 16;

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
    internal bool LookupUnlocked(ulong address, out int id, ref ReaderHints hints)
    {
        var found = FindUnlocked(_root, address, out var leaf, out var slot);
        id = slot >= 0 ? leaf!.IdAt(slot) : Header;
        if (found)
            hints.Remember(leaf!, slot);
        return found;
    }

    /// <summary>What a look-up mostly wants to know of the entry that contains an address; it is all in the leaf. Ends at zero if there is none. As uncertain as <see cref="LookupUnlocked"/>.</summary>
    internal VmRange RangeUnlocked(ulong address, ref ReaderHints hints)
    {
        if (!FindUnlocked(_root, address, out var leaf, out var slot))
            return default;
        hints.Remember(leaf!, slot);
        return leaf!.RangeAt(slot);
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
