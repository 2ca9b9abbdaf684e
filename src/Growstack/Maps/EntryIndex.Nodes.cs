// The nodes of the index: a B+-tree whose leaves hold the ranges of entries and whose inner nodes hold the extents of their children.
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
}
