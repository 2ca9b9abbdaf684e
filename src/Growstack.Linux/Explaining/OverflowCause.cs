// What filled the stack: recursion, one large frame, or many calls.
using System.Numerics;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Explaining;

/// <summary>What filled a stack, as far as its call chain shows.</summary>
/// <param name="Recursion">The recursion that took most of it, or null.</param>
/// <param name="LargeFrame">The function whose single frame took most of it, or null.</param>
/// <param name="Text">That as a sentence; null when nothing stands out.</param>
/// <param name="Suggested">A size worth trying, in bytes.</param>
internal readonly record struct OverflowCause(ShownPart? Recursion, FrameSize? LargeFrame, string? Text, ulong Suggested)
{
    private const int LongestPath = 100;
    private const ulong LargestFrame = 1UL << 30;
    private const ulong WildDistance = 256 << 10;

    /// <summary>Judges an overflow.</summary>
    public static OverflowCause Of(in StackOverflow overflow, IReadOnlyList<ShownPart> parts, ulong used)
    {
        var scene = overflow.Scene!;
        // The stack pointer counts where it is on this stack: a large frame's first touch may be above it. A handler's stack is elsewhere.
        bool isOnStack = overflow.StackPointer < overflow.FaultAddress && overflow.FaultAddress - overflow.StackPointer < LargestFrame;
        ulong deepest = scene.StackEnd - Math.Min(isOnStack ? overflow.StackPointer : overflow.FaultAddress, scene.StackEnd);
        ulong suggested = BitOperations.RoundUpToPowerOf2(Math.Max(overflow.Limit * 2, Math.Max(used, deepest) / 4 * 5));
        ulong half = overflow.Limit / 2;
        if (scene.Chain?.LargestFrames is [{ } largest, ..] && largest.Largest >= half)
        {
            string text = $"one frame, a call of {ChainText.Name(largest)} takes {Figures.Bytes(largest.Largest)}";
            return new OverflowCause(null, largest, text, suggested);
        }

        if (parts.Where(p => p.Kind == CallChainPartKind.Cycle).MaxBy(p => p.Bytes) is { } cycle && cycle.Bytes >= half)
        {
            string path = cycle.Path is { Length: <= LongestPath } names ? names : $"{cycle.Frames.Count} functions in turn";
            ulong turn = cycle.Bytes / (ulong)Math.Max(1, cycle.Repetitions);
            return new OverflowCause(cycle, null, $"recursion, {path}, {(cycle.IsEstimate ? "about " : "")}{Figures.Count(cycle.Repetitions)} times, {Figures.Bytes(turn)} each time", suggested);
        }

        if (overflow.StackPointer > overflow.FaultAddress && overflow.StackPointer - overflow.FaultAddress > WildDistance)
            return new OverflowCause(null, null, $"unclear: the stack pointer stands {Figures.Bytes(overflow.StackPointer - overflow.FaultAddress)} higher, so it may be a stray pointer rather than an overflow", suggested);
        return new OverflowCause(null, null, null, suggested);
    }
}
