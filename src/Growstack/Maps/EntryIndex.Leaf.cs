// The leaves of the index: the ranges of entries, and what they permit.
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    internal sealed class Leaf : Node
    {
        /// <summary>Of each entry its id and, in the highest bits, the accesses it permits: what most look-ups ask for is here.</summary>
        internal Tags Tags;

        internal Leaf()
        {
        }

        internal Leaf(Leaf original, Inner? parent)
            : base(original, parent) => Tags = original.Tags;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int IdAt(int slot) => (int)(Tags[slot] & MostIds);

        /// <summary>The entry at a slot, which must be one of the leaf's: whoever has one has it from a search, and it is not checked again, save in debug builds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal VmRange RangeAt(int slot)
        {
            Debug.Assert((uint)slot < Capacity, "A leaf has no such slot.");
            var place = (nuint)(uint)slot;
            return new(Unsafe.Add(ref Starts[0], place), Unsafe.Add(ref Ends[0], place), (VmProt)(Unsafe.Add(ref Tags[0], place) >> IdBits));
        }

        /// <summary>Puts an entry in. The caller brings <see cref="Node.Gap"/> up to date, which can only grow if it is the first or the last now.</summary>
        internal void InsertAt(int slot, ulong start, ulong end, uint tag)
        {
            NodeSearch.MoveUp(ref Starts[0], ref Ends[0], ref Tags[0], slot, Count);
            Starts[slot] = start;
            Ends[slot] = end;
            Tags[slot] = tag;
            Count++;
        }

        /// <summary>Cuts the entry at slot in two: no gap changes, nor where the leaf begins and ends.</summary>
        internal void SplitAt(int slot, ulong address, uint lower, uint upper)
        {
            NodeSearch.MoveUp(ref Starts[0], ref Ends[0], ref Tags[0], slot, Count);
            Starts[slot + 1] = address;
            Ends[slot] = address;
            Tags[slot] = lower;
            Tags[slot + 1] = upper;
            Count++;
        }

        /// <summary>Takes entries out. The caller brings <see cref="Node.Gap"/> up to date.</summary>
        internal void RemoveAt(int slot, int removed)
        {
            NodeSearch.MoveDown(ref Starts[0], ref Ends[0], ref Tags[0], slot, removed, Count);
            Count -= removed;
            for (var unused = Count; unused < Count + removed; unused++)
                Starts[unused] = ulong.MaxValue;
        }

        /// <summary>Moves the slots from first on to the end of another leaf.</summary>
        internal void MoveTo(Leaf other, int first)
        {
            var moved = Count - first;
            ((Span<ulong>)Starts).Slice(first, moved).CopyTo(((Span<ulong>)other.Starts)[other.Count..]);
            ((Span<ulong>)Ends).Slice(first, moved).CopyTo(((Span<ulong>)other.Ends)[other.Count..]);
            ((Span<uint>)Tags).Slice(first, moved).CopyTo(((Span<uint>)other.Tags)[other.Count..]);
            ((Span<ulong>)Starts).Slice(first, moved).Fill(ulong.MaxValue);
            Count = first;
            other.Count += moved;
        }
    }
}
