// Call chains merged into a tree with weights, recursion folded: what a flame graph draws.
using System.Runtime.InteropServices;

namespace Growstack.Recording;

/// <summary>
/// A tree of functions. A function that calls itself, directly or through others, is drawn once: when a chain comes back to a function that
/// is already on its path, it goes on from there. So the tree is never deeper than there are functions, however deep the recursion.
/// </summary>
internal sealed class FlameTree
{
    private readonly List<Node> _nodes = [new Node { Parent = -1, Symbol = -1 }];
    private readonly Dictionary<(int Parent, int Symbol), int> _children = [];
    private readonly Dictionary<int, int> _onPath = [];
    private readonly List<int> _path = [];
    private readonly Dictionary<int, long> _repeats = [];

    /// <summary>A function, as called along one path.</summary>
    public struct Node
    {
        /// <summary>The caller's place in the tree; -1 for the root, which is no function.</summary>
        public int Parent;

        /// <summary>The function; -1 for the root.</summary>
        public int Symbol;

        /// <summary>Functions above it, the root included.</summary>
        public int Depth;

        /// <summary>Bytes for which the chain ended here.</summary>
        public ulong SelfBytes;

        /// <summary>How many chains ended here.</summary>
        public long SelfCount;

        /// <summary>The most often that one chain went through it.</summary>
        public long Repeats;
    }

    /// <summary>The nodes; callers come before those they call.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Merges growths into a tree, weighted by bytes grown and by how often.</summary>
    public static FlameTree OfGrowths(RecordedRun run, SymbolTable symbols)
    {
        var weights = new Dictionary<int, (ulong Bytes, long Count)>();
        foreach (var stack in run.Stacks)
        {
            foreach (var growth in stack.Growths)
            {
                var (bytes, count) = weights.GetValueOrDefault(growth.Chain ?? -1);
                weights[growth.Chain ?? -1] = (bytes + growth.Bytes, count + 1);
            }
        }

        var tree = new FlameTree();
        var steps = new List<ChainStep>();
        foreach (var (chain, (bytes, count)) in weights)
        {
            _ = symbols.Spell(chain < 0 ? null : chain, steps);
            tree.Add(steps, bytes, count);
        }

        return tree;
    }

    /// <summary>Lays one chain out as a tree: each function weighs the stack its frames take, and counts its frames.</summary>
    /// <param name="steps">The chain, outermost first.</param>
    /// <param name="depth">The depth of the stack in bytes; what its known frames do not account for goes to those left out.</param>
    public static FlameTree OfChain(List<ChainStep> steps, ulong depth)
    {
        var known = steps.Aggregate(0UL, (sum, step) => sum + step.Size);
        var tree = new FlameTree();
        var node = tree.Enter();
        foreach (var step in steps)
        {
            node = tree.Down(node, step.Symbol, step.Frames);
            ref var self = ref CollectionsMarshal.AsSpan(tree._nodes)[node];
            self.SelfCount += step.Frames;
            self.SelfBytes += step.Symbol == SymbolTable.LeftOut && depth > known ? depth - known : step.Size;
        }

        tree.Leave();
        return tree;
    }

    /// <summary>Adds a chain.</summary>
    /// <param name="steps">The chain, outermost first.</param>
    /// <param name="bytes">Its weight in bytes.</param>
    /// <param name="count">How often it occurred.</param>
    public void Add(List<ChainStep> steps, ulong bytes, long count)
    {
        var node = Enter();
        foreach (var step in steps)
            node = Down(node, step.Symbol, step.Frames);

        ref var self = ref CollectionsMarshal.AsSpan(_nodes)[node];
        self.SelfBytes += bytes;
        self.SelfCount += count;
        Leave();
    }

    /// <summary>Bytes and counts of each node with all that it called.</summary>
    public (ulong[] Bytes, long[] Counts) Totals()
    {
        var (bytes, counts) = (new ulong[_nodes.Count], new long[_nodes.Count]);
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            bytes[i] += node.SelfBytes;
            counts[i] += node.SelfCount;
            if (node.Parent >= 0)
            {
                bytes[node.Parent] += bytes[i];
                counts[node.Parent] += counts[i];
            }
        }

        return (bytes, counts);
    }

    /// <summary>A tree of at most so many nodes: the lightest are merged into their callers.</summary>
    public FlameTree Pruned(int most)
    {
        if (_nodes.Count <= most)
            return this;

        var (bytes, counts) = Totals();
        var all = (Bytes: Math.Max(1, (double)bytes[0]), Count: Math.Max(1, (double)counts[0]));
        var importance = new double[_nodes.Count];
        for (var i = 0; i < importance.Length; i++)
            importance[i] = Math.Max(bytes[i] / all.Bytes, counts[i] / all.Count);

        var sorted = (double[])importance.Clone();
        Array.Sort(sorted);
        var threshold = sorted[^most];

        // A caller weighs no less than what it calls, so what stays is a tree; the root always stays.
        var pruned = new FlameTree();
        var places = new int[_nodes.Count];
        for (var i = 1; i < _nodes.Count; i++)
        {
            var node = _nodes[i];
            var parent = places[node.Parent];
            if (importance[i] <= threshold || pruned._nodes.Count >= most)
            {
                places[i] = parent;
                ref var heir = ref CollectionsMarshal.AsSpan(pruned._nodes)[parent];
                heir.SelfBytes += node.SelfBytes;
                heir.SelfCount += node.SelfCount;
                continue;
            }

            places[i] = pruned._nodes.Count;
            pruned._nodes.Add(node with { Parent = parent });
        }

        return pruned;
    }

    private int Enter()
    {
        _path.Clear();
        _onPath.Clear();
        _repeats.Clear();
        _path.Add(0);
        return 0;
    }

    private int Down(int node, int symbol, long frames)
    {
        // Back to where the path met this function before; what it called in between is left.
        if (_onPath.TryGetValue(symbol, out var before) && _nodes[before].Depth < _path.Count && _path[_nodes[before].Depth] == before)
        {
            _path.RemoveRange(_nodes[before].Depth + 1, _path.Count - _nodes[before].Depth - 1);
            _repeats[before] += frames;
            return before;
        }

        if (!_children.TryGetValue((node, symbol), out var child))
        {
            child = _nodes.Count;
            _nodes.Add(new Node { Parent = node, Symbol = symbol, Depth = _path.Count });
            _children.Add((node, symbol), child);
        }

        _path.Add(child);
        _onPath[symbol] = child;
        _repeats[child] = _repeats.GetValueOrDefault(child) + frames;
        return child;
    }

    private void Leave()
    {
        var nodes = CollectionsMarshal.AsSpan(_nodes);
        foreach (var (node, count) in _repeats)
            nodes[node].Repeats = Math.Max(nodes[node].Repeats, count);
    }
}
