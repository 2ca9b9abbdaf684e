// Copying an index as a whole, as a fork does, and walking through it.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>A copy: the same entries under the same ids, in a tree of the same shape. Slabs and nodes are copied as blocks of memory.</summary>
    internal EntryIndex(EntryIndex original)
    {
        (_min, _max, Count) = (original._min, original._max, original.Count);
        (_nextFresh, _freeEntries) = (original._nextFresh, original._freeEntries);
        _chunks = new MapEntry[original._chunks.Length][];
        var last = _chunks.Length - 1;
        for (var i = 0; i < last; i++)
            _chunks[i] = CopyOf(original._chunks[i], original._chunks[i].Length);
        _chunks[last] = CopyOf(original._chunks[last], _nextFresh - (last << ChunkBits));
        _root = CopyOf(original._root, null);
        _first = FirstLeaf(_root);
        _last = LastLeaf(_root);
        _hint = _last;
    }

    private static Node CopyOf(Node node, Inner? parent) => node is Inner inner ? new Inner(inner, parent) : new Leaf((Leaf)node, parent);

    private static MapEntry[] CopyOf(MapEntry[] slab, int used)
    {
        var copy = new MapEntry[used];
        slab.AsSpan(0, used).CopyTo(copy);
        return copy;
    }

    /// <summary>How many slabs there are.</summary>
    internal int SlabCount => _chunks.Length;

    /// <summary>The entries of one slab, in the order of their ids: linked ones, free ones (which are empty) and, in the first, the header (which is reversed).</summary>
    internal Span<MapEntry> Slab(int number) => _chunks[number];

    /// <summary>The ids of all entries in address order. While it is enumerated no entry may be linked, unlinked or moved.</summary>
    /// <remarks>The ids stand side by side, so the processor can fetch many entries at once; from link to link it would wait for each.</remarks>
    internal Walk InOrder() => new(_first, 0);

    /// <summary>The ids of an entry and all behind it; none from <see cref="Header"/> on. As <see cref="InOrder"/>.</summary>
    internal Walk InOrderFrom(int id)
    {
        if (id == Header)
            return default;
        var leaf = PositionOf(id, out var slot);
        return new Walk(leaf, slot);
    }

    /// <summary>An enumerator of ids.</summary>
    internal ref struct Walk
    {
        private Leaf? _leaf;
        private int _slot;

        internal Walk(Leaf leaf, int slot)
        {
            _leaf = leaf;
            _slot = slot - 1;
        }

        /// <summary>The id.</summary>
        public readonly int Current => _leaf!.IdAt(_slot);

        /// <summary>Itself.</summary>
        public readonly Walk GetEnumerator() => this;

        /// <summary>Goes on to the next entry.</summary>
        public bool MoveNext()
        {
            if (_leaf is null)
                return false;
            if (++_slot < _leaf.Count)
                return true;
            _slot = 0;
            _leaf = LeafAfter(_leaf);
            return _leaf is { Count: > 0 };
        }
    }
}
