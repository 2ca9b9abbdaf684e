// The nodes of the index: a B+-tree whose leaves hold the ranges of entries and whose inner nodes hold the extents of their children.
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>The most that a node holds.</summary>
    internal const int Capacity = NodeSearch.Width;

    /// <summary>One 64-bit number for each slot, and some that are never used, so that slots can be moved by whole vectors.</summary>
    [InlineArray(NodeSearch.Width + NodeSearch.Slack)]
    internal struct Keys
    {
        private ulong _first;
    }

    [InlineArray(NodeSearch.Width + NodeSearch.Slack)]
    internal struct Tags
    {
        private uint _first;
    }

    [InlineArray(NodeSearch.Width)]
    internal struct Children
    {
        private Node? _first;
    }

    /// <summary>
    /// What leaves and inner nodes share: a sorted run of ranges. Slot i of a leaf is an entry; slot i of an inner node is the extent of a child,
    /// from the start of its first entry to the end of its last.
    /// </summary>
    /// <remarks>
    /// Invariants: starts are exact and ascend; unused slots start at <see cref="ulong.MaxValue"/>, so that a search needs no count, and so do the spare ones. Ends are exact, save
    /// the last slot of inner nodes on the right edge of the tree: nothing lies behind it that a gap could be measured to, and so appending need not climb.
    /// </remarks>
    internal abstract class Node
    {
        internal Inner? Parent;

        /// <summary>A guess at where it is in its parent: where it was when last looked for.</summary>
        internal int Place;

        /// <summary>The next node in the pool.</summary>
        internal Node? NextFree;
        internal int Count;

        /// <summary>No gap between two neighbouring entries under this node is larger, in bytes. That it was closed only a search for room wants to know, and finds out.</summary>
        internal ulong Gap;
        internal Keys Starts;
        internal Keys Ends;

        protected Node() => ((Span<ulong>)Starts).Fill(ulong.MaxValue);

        protected Node(Node original, Inner? parent)
        {
            Parent = parent;
            Count = original.Count;
            Gap = original.Gap;
            Starts = original.Starts;
            Ends = original.Ends;
        }

        /// <summary>Where the node is in its parent, which knows it by its first start.</summary>
        internal int PlaceIn(Inner parent) => PlaceIn(parent, Starts[0]);

        /// <summary>Where the node is in its parent, which knows it by a former first start.</summary>
        internal int PlaceIn(Inner parent, ulong formerFirst)
        {
            if (Place >= parent.Count || parent.Children[Place] != this)
                Place = parent.SlotOf(formerFirst);
            return Place;
        }

        /// <summary>The gap between slot and the one behind it.</summary>
        internal ulong GapAfter(int slot) => Starts[slot + 1] - Ends[slot];

        /// <summary>The largest gap that slot has a part in.</summary>
        internal virtual ulong GapAround(int slot)
        {
            var before = slot > 0 ? GapAfter(slot - 1) : 0;
            var after = slot + 1 < Count ? GapAfter(slot) : 0;
            return Math.Max(before, after);
        }

        /// <summary>A gap may have become as large as this.</summary>
        internal void RaiseGap(ulong gap) => Gap = Math.Max(Gap, gap);

        /// <summary>Looks for the largest gap.</summary>
        internal void MeasureGap() => Gap = WidestGap();

        /// <summary>The largest gap between slots or, as far as an inner node knows, inside one.</summary>
        protected virtual ulong WidestGap() => NodeSearch.WidestGap(ref Starts[0], ref Ends[0], Count);

        /// <summary>The last slot that starts at or before address; -1 if none does.</summary>
        /// <remarks>Nothing starts at the highest address, the mark of unused slots.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int SlotOf(ulong address) => NodeSearch.CountNotAbove(ref Starts[0], Math.Min(address, ulong.MaxValue - 1)) - 1;
    }

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
