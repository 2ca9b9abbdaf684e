// Merging, folding and pruning keep the weights.
using CsCheck;

namespace Growstack.Recording.Tests;

public sealed class FlameTreeTests
{
    private static readonly Gen<int[]> Chains = Gen.Int[2, 9].Array[1, 30];

    [Fact]
    public void A_function_that_calls_itself_is_drawn_once()
    {
        var tree = new FlameTree();
        tree.Add(Steps(10, 11, 12, 11, 12, 11, 13), 100, 1);
        Assert.Equal([-1, 10, 11, 12, 13], tree.Nodes.Select(n => n.Symbol));
        Assert.Equal([-1, 0, 1, 2, 2], tree.Nodes.Select(n => n.Parent));
        Assert.Equal([0L, 1, 3, 2, 1], tree.Nodes.Select(n => n.Repeats));
        Assert.Equal(100UL, tree.Nodes[4].SelfBytes);
    }

    [Fact]
    public void A_name_met_again_on_another_path_is_another_node()
    {
        var tree = new FlameTree();
        tree.Add(Steps(1, 2, 3), 1, 1);
        tree.Add(Steps(1, 3, 2), 1, 1);
        Assert.Equal(6, tree.Nodes.Count);
    }

    [Fact]
    public void Weights_are_kept_and_no_path_has_a_function_twice() =>
        Gen.Select(Chains, Gen.Int[1, 1000]).Array[0, 40].Sample(chains =>
        {
            var tree = new FlameTree();
            foreach (var (chain, weight) in chains)
                tree.Add(Steps(chain), (ulong)weight, 1);

            var (bytes, counts) = tree.Totals();
            Assert.Equal((ulong)chains.Sum(c => c.Item2), bytes[0]);
            Assert.Equal(chains.Length, counts[0]);
            for (var i = 1; i < tree.Nodes.Count; i++)
            {
                Assert.True(tree.Nodes[i].Parent < i);
                for (var above = tree.Nodes[i].Parent; above > 0; above = tree.Nodes[above].Parent)
                    Assert.NotEqual(tree.Nodes[i].Symbol, tree.Nodes[above].Symbol);
            }

            Assert.All(FunctionWeight.Of(tree), f => Assert.True(f.Bytes <= bytes[0] && f.SelfBytes <= f.Bytes));
        });

    [Fact]
    public void Pruning_keeps_the_weights_and_the_heaviest() =>
        Gen.Select(Chains.Array[1, 40], Gen.Int[1, 12]).Sample((chains, most) =>
        {
            var tree = new FlameTree();
            for (var i = 0; i < chains.Length; i++)
                tree.Add(Steps(chains[i]), (ulong)(i + 1), 1);

            var pruned = tree.Pruned(most);
            Assert.True(pruned.Nodes.Count <= Math.Max(1, most));
            Assert.Equal(tree.Totals().Bytes[0], pruned.Totals().Bytes[0]);
            Assert.Equal(tree.Totals().Counts[0], pruned.Totals().Counts[0]);
        });

    [Fact]
    public void A_single_chain_weighs_what_its_frames_take_and_the_rest_goes_to_those_left_out()
    {
        var tree = FlameTree.OfChain(
            [new ChainStep(5, 1, 64), new ChainStep(SymbolTable.LeftOut, 40, 0), new ChainStep(6, 1, 16), new ChainStep(6, 1, 16)], 1000);
        Assert.Equal([0UL, 64, 904, 32], tree.Nodes.Select(n => n.SelfBytes));
        Assert.Equal([0L, 1, 40, 2], tree.Nodes.Select(n => n.SelfCount));
    }

    private static List<ChainStep> Steps(params int[] symbols) => [.. symbols.Select(s => new ChainStep(s, 1, 0))];
}
