// The nodes of the index: a B+-tree whose leaves hold the ranges of entries and whose inner nodes hold the extents of their children.
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

internal sealed partial class EntryIndex
{
    /// <summary>The most that a node holds.</summary>
    internal const int Capacity = NodeSearch.Width;

    /// <summary>One 64-bit number for each slot.</summary>
    [InlineArray(NodeSearch.Width)]
    internal struct Keys
    {
        private ulong _first;
    }

    [InlineArray(NodeSearch.Width)]
    internal struct Ids
    {
        private int _first;
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
    /// Invariants: starts are exact and ascend; unused slots start at <see cref="ulong.MaxValue"/>, so that a search needs no count. Ends are exact, save
    /// the last slot of inner nodes on the right edge of the tree: nothing lies behind it that a gap could be measured to, and so appending need not climb.
    /// </remarks>
    internal abstract class Node
    {
        internal Inner? Parent;

        /// <summary>The next node in the pool.</summary>
        internal Node? NextFree;
        internal int Count;

        /// <summary>The largest gap between two neighbouring entries under this node, in bytes; while <see cref="GapIsStale"/>, no gap is larger.</summary>
        internal ulong Gap;

        /// <summary>The largest gap may have been closed. Only a search for room wants to know: it looks for the largest that is left, not the changes.</summary>
        internal bool GapIsStale;
        internal Keys Starts;
        internal Keys Ends;

        protected Node() => ((Span<ulong>)Starts).Fill(ulong.MaxValue);

        protected Node(Node original, Inner? parent)
        {
            Parent = parent;
            Count = original.Count;
            (Gap, GapIsStale) = (original.Gap, original.GapIsStale);
            Starts = original.Starts;
            Ends = original.Ends;
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

        /// <summary>Takes note of a change that replaced gaps of at most <paramref name="old"/> by gaps of at most <paramref name="now"/>.</summary>
        internal void AdjustGap(ulong old, ulong now)
        {
            if (now >= Gap)
                (Gap, GapIsStale) = (now, false);
            else if (old == Gap)
                GapIsStale = true;
        }

        /// <summary>Looks for the largest gap.</summary>
        internal void MeasureGap() => (Gap, GapIsStale) = (WidestGap(), false);

        /// <summary>Whether there is a gap of that length, as far as the node itself knows.</summary>
        internal bool MayHaveGap(ulong length)
        {
            if (Gap >= length && GapIsStale)
                MeasureGap();
            return Gap >= length;
        }

        /// <summary>The largest gap between slots or, as far as an inner node knows, inside one.</summary>
        protected virtual ulong WidestGap() => NodeSearch.WidestGap(ref Starts[0], ref Ends[0], Count);

        /// <summary>The last slot that starts at or before address; -1 if none does.</summary>
        /// <remarks>Nothing starts at the highest address, the mark of unused slots.</remarks>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int SlotOf(ulong address) => NodeSearch.CountNotAbove(ref Starts[0], Math.Min(address, ulong.MaxValue - 1)) - 1;
    }

    internal sealed class Leaf : Node
    {
        internal Ids Ids;

        internal Leaf()
        {
        }

        internal Leaf(Leaf original, Inner? parent)
            : base(original, parent) => Ids = original.Ids;

        internal void InsertAt(int slot, ulong start, ulong end, int id)
        {
            var old = slot > 0 && slot < Count ? GapAfter(slot - 1) : 0;
            NodeSearch.MoveUp(ref Starts[0], slot, Count);
            NodeSearch.MoveUp(ref Ends[0], slot, Count);
            NodeSearch.MoveUp(ref Ids[0], slot, Count);
            Starts[slot] = start;
            Ends[slot] = end;
            Ids[slot] = id;
            Count++;
            AdjustGap(old, GapAround(slot));
        }

        /// <summary>Cuts the entry at slot in two: no gap changes, nor where the leaf begins and ends.</summary>
        internal void SplitAt(int slot, ulong address, int lower, int upper)
        {
            NodeSearch.MoveUp(ref Starts[0], slot + 1, Count);
            NodeSearch.MoveUp(ref Ends[0], slot, Count);
            NodeSearch.MoveUp(ref Ids[0], slot + 1, Count);
            Starts[slot + 1] = address;
            Ends[slot] = address;
            Ids[slot] = lower;
            Ids[slot + 1] = upper;
            Count++;
        }

        internal void RemoveAt(int slot, int removed)
        {
            var old = removed == 1 ? GapAround(slot) : Gap;
            NodeSearch.MoveDown(ref Starts[0], slot, removed, Count);
            NodeSearch.MoveDown(ref Ends[0], slot, removed, Count);
            NodeSearch.MoveDown(ref Ids[0], slot, removed, Count);
            Count -= removed;
            ((Span<ulong>)Starts).Slice(Count, removed).Fill(ulong.MaxValue);
            AdjustGap(old, slot > 0 && slot < Count ? GapAfter(slot - 1) : 0);
        }

        /// <summary>Moves the slots from first on to the end of another leaf.</summary>
        internal void MoveTo(Leaf other, int first)
        {
            var moved = Count - first;
            ((Span<ulong>)Starts).Slice(first, moved).CopyTo(((Span<ulong>)other.Starts)[other.Count..]);
            ((Span<ulong>)Ends).Slice(first, moved).CopyTo(((Span<ulong>)other.Ends)[other.Count..]);
            ((Span<int>)Ids).Slice(first, moved).CopyTo(((Span<int>)other.Ids)[other.Count..]);
            ((Span<ulong>)Starts).Slice(first, moved).Fill(ulong.MaxValue);
            Count = first;
            other.Count += moved;
        }
    }

    internal sealed class Inner : Node
    {
        /// <summary>What each child believes to be its largest gap.</summary>
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

        internal override ulong GapAround(int slot) => Math.Max(Gaps[slot], base.GapAround(slot));

        protected override ulong WidestGap() => Math.Max(base.WidestGap(), NodeSearch.Largest(ref Gaps[0], Count));

        /// <summary>Notes in a slot what its child is now.</summary>
        internal void Describe(int slot, Node child)
        {
            Starts[slot] = child.Starts[0];
            Ends[slot] = child.Ends[child.Count - 1];
            Gaps[slot] = child.Gap;
        }

        /// <summary>Puts a child in before slot. The caller brings <see cref="Node.Gap"/> up to date.</summary>
        internal void InsertAt(int slot, Node child)
        {
            var moved = Count - slot;
            NodeSearch.MoveUp(ref Starts[0], slot, Count);
            NodeSearch.MoveUp(ref Ends[0], slot, Count);
            NodeSearch.MoveUp(ref Gaps[0], slot, Count);
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
            NodeSearch.MoveDown(ref Starts[0], slot, 1, Count);
            NodeSearch.MoveDown(ref Ends[0], slot, 1, Count);
            NodeSearch.MoveDown(ref Gaps[0], slot, 1, Count);
            ((Span<Node?>)Children).Slice(slot + 1, moved).CopyTo(((Span<Node?>)Children)[slot..]);
            Count--;
            Starts[Count] = ulong.MaxValue;
            Children[Count] = null;
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
        }
    }
}
