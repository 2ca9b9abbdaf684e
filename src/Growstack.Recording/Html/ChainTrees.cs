// The deepest call chains of stacks, laid out as trees, each once.
namespace Growstack.Recording;

/// <summary>Collects the trees that the page can show one stack at a time.</summary>
internal sealed class ChainTrees(RecordedRun run, SymbolTable symbols)
{
    private readonly Dictionary<(int Chain, ulong Depth), int> _byChain = [];
    private readonly List<ChainStep> _steps = [];
    private readonly List<(FlameTree Tree, bool Sized)> _trees = [];

    /// <summary>The trees, and whether each weighs bytes; otherwise it weighs frames.</summary>
    public IReadOnlyList<(FlameTree Tree, bool Sized)> Trees => _trees;

    /// <summary>The place of a stack's tree in <see cref="Trees"/>; null if no chain of it is known.</summary>
    public int? Of(RecordedStack stack)
    {
        if (stack.DeepestChain is not { } chain || !run.Chains.ContainsKey(chain))
            return null;

        if (!_byChain.TryGetValue((chain, stack.Used), out var place))
        {
            place = _trees.Count;
            var sized = symbols.Spell(chain, _steps);
            _trees.Add((FlameTree.OfChain(_steps, stack.Used), sized));
            _byChain.Add((chain, stack.Used), place);
        }

        return place;
    }
}
