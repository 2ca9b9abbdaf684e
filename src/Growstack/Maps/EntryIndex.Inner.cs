// The inner nodes of the index: the extents of their children, and how much room is in each.
namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    internal sealed class Inner : Node
    {
        /// <summary>No gap inside a child, nor the one behind it to the next child, is larger than what stands here.</summary>
        internal Keys Gaps;
        internal Children Children;

        internal Inner()
        {
        }

        /// <summary>A copy of a node and all that is under it.</summary>
        internal Inner(Inner original, Inner? parent)
            : base(original, parent)
        {
            Gaps = original.Gaps;
            for (var slot = 0; slot < Count; slot++)
                Children[slot] = CopyOf(original.Children[slot]!, this);
        }

        internal override ulong GapAround(int slot) => Math.Max(Gaps[slot], slot > 0 ? Gaps[slot - 1] : 0);

        protected override ulong WidestGap() => NodeSearch.Largest(ref Gaps[0], Count);

        /// <summary>Notes in a slot what its child is now.</summary>
        internal void Describe(int slot, Node child)
        {
            Starts[slot] = child.Starts[0];
            Ends[slot] = child.Ends[child.Count - 1];
            Gaps[slot] = child.Gap;
            NoteGapBehind(slot);
            NoteGapBehind(slot - 1);
        }

        /// <summary>The gap behind a child may have become larger.</summary>
        internal void NoteGapBehind(int slot)
        {
            if (slot >= 0 && slot + 1 < Count)
                Gaps[slot] = Math.Max(Gaps[slot], GapAfter(slot));
        }

        /// <summary>Puts a child in before slot. The caller brings <see cref="Node.Gap"/> up to date.</summary>
        internal void InsertAt(int slot, Node child)
        {
            var moved = Count - slot;
            Open(ref Starts, slot);
            Open(ref Ends, slot);
            Open(ref Gaps, slot);
            ((Span<Node?>)Children).Slice(slot, moved).CopyTo(((Span<Node?>)Children)[(slot + 1)..]);
            Children[slot] = child;
            child.Parent = this;
            Count++;
            Describe(slot, child);
        }

        /// <summary>Takes a child out. The caller brings <see cref="Node.Gap"/> up to date.</summary>
        internal void RemoveAt(int slot)
        {
            var moved = Count - slot - 1;
            Close(ref Starts, slot);
            Close(ref Ends, slot);
            Close(ref Gaps, slot);
            ((Span<Node?>)Children).Slice(slot + 1, moved).CopyTo(((Span<Node?>)Children)[slot..]);
            Count--;
            Starts[Count] = ulong.MaxValue;
            Children[Count] = null;
            NoteGapBehind(slot - 1);
        }

        /// <summary>Moves the children from first on to the end of another node. The caller brings the gaps of both up to date.</summary>
        internal void MoveTo(Inner other, int first)
        {
            var moved = Count - first;
            ((Span<ulong>)Starts).Slice(first, moved).CopyTo(((Span<ulong>)other.Starts)[other.Count..]);
            ((Span<ulong>)Ends).Slice(first, moved).CopyTo(((Span<ulong>)other.Ends)[other.Count..]);
            ((Span<ulong>)Gaps).Slice(first, moved).CopyTo(((Span<ulong>)other.Gaps)[other.Count..]);
            for (var slot = first; slot < Count; slot++)
            {
                var child = Children[slot]!;
                other.Children[other.Count + slot - first] = child;
                child.Parent = other;
            }
            ((Span<ulong>)Starts).Slice(first, moved).Fill(ulong.MaxValue);
            ((Span<Node?>)Children).Slice(first, moved).Clear();
            Count = first;
            other.Count += moved;
            other.NoteGapBehind(other.Count - moved - 1);
        }

        private void Open(ref Keys keys, int slot) => ((Span<ulong>)keys)[slot..Count].CopyTo(((Span<ulong>)keys)[(slot + 1)..]);

        private void Close(ref Keys keys, int slot) => ((Span<ulong>)keys)[(slot + 1)..Count].CopyTo(((Span<ulong>)keys)[slot..]);
    }
}
