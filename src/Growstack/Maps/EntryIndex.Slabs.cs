// Where entries and nodes come from: slabs that only grow, and free lists through them.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>An id is a chunk's number and, in the low bits, the entry's place there. A full chunk, 64 KB, is no large object to the collector yet.</summary>
    private const int ChunkBits = 10;
    private const int FullChunk = 1 << ChunkBits;

    /// <summary>Ids have so many bits; the rest of a slot's tag is for accesses.</summary>
    private const int IdBits = 28;
    private const int MostIds = (1 << IdBits) - 1;

    /// <summary>Early chunks are smaller than their numbering allows, so that a small map stays small: each doubles the one before.</summary>
    private const int FirstChunk = 16;

    // Chunks are never moved or dropped, so a reference to an entry stays valid, and a stale id still names an entry.
    private MapEntry[][] _chunks;
    private int _nextFresh;
    private int _freeEntries;
    private Leaf? _freeLeaves;
    private Inner? _freeInners;

    /// <summary>The entry of that id, which must be one that <see cref="Allocate"/> returned.</summary>
    /// <remarks>Whoever holds the map's lock has ids from the index itself, some ten times an operation: they are not checked again, save in debug builds.</remarks>
    internal ref MapEntry this[int id]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Debug.Assert((uint)id >> ChunkBits < (uint)_chunks.Length && (id & (FullChunk - 1)) < _chunks[id >> ChunkBits].Length, "Such an id was never given out.");
            var chunk = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks), (nuint)((uint)id >> ChunkBits));
            return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(chunk), (nuint)((uint)id & (FullChunk - 1)));
        }
    }

    /// <summary>What the entry's slot says of it.</summary>
    private static uint TagOf(int id, in MapEntry entry) => (uint)id | ((uint)entry.Protection << IdBits);

    /// <summary>A fresh entry, all zero, not linked.</summary>
    /// <param name="id">Its id.</param>
    internal ref MapEntry Allocate(out int id)
    {
        id = _freeEntries;
        if (id == Header)
            return ref AllocateFresh(out id);
        ref var entry = ref this[id];
        _freeEntries = entry.Link;
        entry.Link = Header;
        return ref entry;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref MapEntry AllocateFresh(out int id)
    {
        id = _nextFresh;
        if (id >> ChunkBits >= _chunks.Length || (id & (FullChunk - 1)) >= _chunks[id >> ChunkBits].Length)
            id = AddChunk();
        _nextFresh = id + 1;
        return ref this[id];
    }

    /// <summary>Gives an entry back. It must not be linked.</summary>
    internal void Free(int id)
    {
        ref var entry = ref this[id];
        entry = default;
        entry.Link = _freeEntries;
        _freeEntries = id;
    }

    /// <exception cref="InvalidOperationException">There are 2^28 entries.</exception>
    private int AddChunk()
    {
        var number = _chunks.Length;
        if (number << ChunkBits > MostIds)
            throw new InvalidOperationException("The map has as many entries as it can have.");
        var size = Math.Clamp(2 * _chunks[number - 1].Length, FirstChunk, FullChunk);
        var chunks = new MapEntry[number + 1][];
        _chunks.CopyTo(chunks, 0);
        chunks[number] = new MapEntry[size];
        _chunks = chunks;
        return number << ChunkBits;
    }

    private Leaf NewLeaf()
    {
        var leaf = _freeLeaves;
        if (leaf is null)
            return new Leaf();
        _freeLeaves = Unsafe.As<Leaf?>(leaf.NextFree);
        leaf.NextFree = null;
        return leaf;
    }

    private Inner NewInner()
    {
        var inner = _freeInners;
        if (inner is null)
            return new Inner();
        _freeInners = Unsafe.As<Inner?>(inner.NextFree);
        inner.NextFree = null;
        return inner;
    }

    // A node in the pool is empty: a hint that still names it finds nothing there.
    private void Release(Node node)
    {
        ((Span<ulong>)node.Starts)[..node.Count].Fill(ulong.MaxValue);
        node.Parent = null;
        node.Gap = 0;
        if (node is Inner inner)
        {
            ((Span<Node?>)inner.Children)[..node.Count].Clear();
            inner.NextFree = _freeInners;
            _freeInners = inner;
        }
        else
        {
            var leaf = Unsafe.As<Leaf>(node);
            leaf.NextFree = _freeLeaves;
            _freeLeaves = leaf;
        }
        node.Count = 0;
    }

    private void ReleaseTree(Node node)
    {
        if (node is Inner inner)
        {
            for (var slot = 0; slot < inner.Count; slot++)
                ReleaseTree(inner.Children[slot]!);
        }
        Release(node);
    }
}
