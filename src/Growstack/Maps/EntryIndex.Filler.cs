// Reading an index from its first entry to its last, and filling an empty one in that order, as a fork does: leaf by leaf, not from link to link.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>The ids of all entries in address order. While it is enumerated no entry may be linked, unlinked or moved.</summary>
    /// <remarks>The ids stand side by side, so the processor can fetch many entries at once; from link to link it would wait for each.</remarks>
    internal Walk InOrder() => new(this);

    /// <summary>An enumerator of ids.</summary>
    internal ref struct Walk
    {
        private Leaf? _leaf;
        private int _slot;

        internal Walk(EntryIndex index)
        {
            _leaf = FirstLeaf(index._root);
            _slot = -1;
        }

        /// <summary>The id.</summary>
        public readonly int Current => _leaf!.Ids[_slot];

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

        private static Leaf? LeafAfter(Node node)
        {
            for (; node.Parent is { } parent; node = parent)
            {
                if (NextSibling(node) is { } next)
                    return FirstLeaf(next);
            }
            return null;
        }

        private static Leaf FirstLeaf(Node node)
        {
            while (node is Inner inner)
                node = inner.Children[0]!;
            return (Leaf)node;
        }
    }

    /// <summary>Adds entries behind all others, and tells the nodes above only when a leaf is full. Nobody may use the index before <see cref="Finish"/>.</summary>
    internal ref struct Filler
    {
        private readonly EntryIndex _index;
        private Leaf _leaf;
        private int _last;
        private ulong _edge;

        /// <summary>Begins to fill an empty index.</summary>
        internal Filler(EntryIndex index)
        {
            _index = index;
            _leaf = index._last;
            _last = Header;
            _edge = index._min;
        }

        /// <summary>Adds an allocated entry, by its range.</summary>
        /// <exception cref="ArgumentException">It does not lie behind all others, or not inside the map.</exception>
        internal void Add(int id, ref MapEntry entry)
        {
            if (entry.Start >= entry.End || entry.Start < _edge || entry.End > _index._max)
                ThrowMisplaced(entry);
            var leaf = _leaf;
            if (leaf.Count < Capacity)
            {
                var slot = leaf.Count++;
                if (slot > 0)
                    leaf.Gap = Math.Max(leaf.Gap, entry.Start - _edge);
                leaf.Starts[slot] = entry.Start;
                leaf.Ends[slot] = entry.End;
                leaf.Ids[slot] = id;
            }
            else
            {
                Refresh(leaf, leaf.Starts[0]);
                _index.Append(entry.Start, entry.End, id);
                _leaf = _index._last;
            }
            entry.Previous = _last;
            entry.Next = Header;
            _index[_last].Next = id;
            _index.Count++;
            _last = id;
            _edge = entry.End;
        }

        /// <summary>Makes the index what it should be.</summary>
        internal readonly void Finish()
        {
            _index[Header].Previous = _last;
            if (_leaf.Count > 0)
                Refresh(_leaf, _leaf.Starts[0]);
        }
    }
}
