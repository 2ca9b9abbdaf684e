// How much of all growth each function answers for.
namespace Growstack.Recording;

/// <summary>A function's part in all growths.</summary>
/// <param name="Symbol">The function.</param>
/// <param name="Bytes">Bytes grown in it and in what it called.</param>
/// <param name="Count">Growths in it and in what it called.</param>
/// <param name="SelfBytes">Bytes grown in the function itself.</param>
/// <param name="SelfCount">Growths in the function itself.</param>
/// <param name="Repeats">The most often that one chain went through it.</param>
internal readonly record struct FunctionWeight(int Symbol, ulong Bytes, long Count, ulong SelfBytes, long SelfCount, long Repeats)
{
    /// <summary>The functions of a tree, the heaviest by their own bytes first. Recursion is folded, so no path counts a function twice.</summary>
    public static IReadOnlyList<FunctionWeight> Of(FlameTree tree)
    {
        var (bytes, counts) = tree.Totals();
        var sums = new Dictionary<int, FunctionWeight>();
        for (var i = 1; i < tree.Nodes.Count; i++)
        {
            var node = tree.Nodes[i];
            var sum = sums.GetValueOrDefault(node.Symbol, new FunctionWeight(node.Symbol, 0, 0, 0, 0, 0));
            sums[node.Symbol] = new FunctionWeight(
                node.Symbol,
                sum.Bytes + bytes[i],
                sum.Count + counts[i],
                sum.SelfBytes + node.SelfBytes,
                sum.SelfCount + node.SelfCount,
                Math.Max(sum.Repeats, node.Repeats));
        }

        return [.. sums.Values.OrderByDescending(f => f.SelfBytes).ThenByDescending(f => f.Bytes).ThenBy(f => f.Symbol)];
    }
}
