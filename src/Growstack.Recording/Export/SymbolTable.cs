// Functions as flame graphs know them: by name and module, wherever in the function a call was made.
namespace Growstack.Recording;

/// <summary>A function in a flame graph.</summary>
/// <param name="Name">Its name; in brackets where it stands for something that is not known.</param>
/// <param name="Module">The program or library that it is in, or null.</param>
/// <param name="File">Its source file, or null.</param>
/// <param name="Line">The line of the first call that was seen in it, or null.</param>
internal readonly record struct Symbol(string Name, string? Module, string? File, int? Line);

/// <summary>One step of a chain, outermost first.</summary>
/// <param name="Symbol">The function.</param>
/// <param name="Frames">How many frames the step stands for: 1, or more where frames were left out.</param>
/// <param name="Size">Bytes of stack that it takes; 0 if not known.</param>
internal readonly record struct ChainStep(int Symbol, long Frames, ulong Size);

/// <summary>Merges frames into functions, and spells chains out.</summary>
internal sealed class SymbolTable
{
    /// <summary>Stands for frames that the recording leaves out.</summary>
    public const int LeftOut = 0;

    /// <summary>Stands for the chain of a growth that has none.</summary>
    public const int Unknown = 1;

    private readonly RecordedRun _run;
    private readonly List<Symbol> _symbols = [new("[frames left out]", null, null, null), new("[no call chain]", null, null, null)];
    private readonly Dictionary<(string Name, string? Module), int> _byName = [];
    private readonly Dictionary<int, int> _byFrame = [];

    public SymbolTable(RecordedRun run) => _run = run;

    public IReadOnlyList<Symbol> Symbols => _symbols;

    /// <summary>The function of a frame.</summary>
    public int Of(int frame)
    {
        if (_byFrame.TryGetValue(frame, out var symbol))
            return symbol;

        if (!_run.Frames.TryGetValue(frame, out var line))
            return _byFrame[frame] = Unknown;

        if (!_byName.TryGetValue((line.Function, line.Module), out symbol))
        {
            symbol = _symbols.Count;
            _byName.Add((line.Function, line.Module), symbol);
            _symbols.Add(new Symbol(line.Function, line.Module, line.File, line.Line));
        }

        return _byFrame[frame] = symbol;
    }

    /// <summary>Spells a chain out, outermost frame first, into a list that is cleared before.</summary>
    /// <param name="chain">The chain; null, or one that was never written, gives the one step <see cref="Unknown"/>.</param>
    /// <param name="steps">Receives the steps.</param>
    /// <returns>Whether the sizes of frames are known.</returns>
    public bool Spell(int? chain, List<ChainStep> steps)
    {
        steps.Clear();
        if (chain is not { } id || !_run.Chains.TryGetValue(id, out var line) || line.Frames.IsEmpty)
        {
            steps.Add(new ChainStep(Unknown, 1, 0));
            return false;
        }

        var inner = line.Frames.Span;
        var outer = line.Outer.Span;
        var sizes = line.Sizes.Span;
        for (var i = outer.Length - 1; i >= 0; i--)
            steps.Add(new ChainStep(Of(outer[i]), 1, Size(sizes, inner.Length + i)));

        if (line.More > 0)
            steps.Add(new ChainStep(LeftOut, line.More, 0));

        for (var i = inner.Length - 1; i >= 0; i--)
            steps.Add(new ChainStep(Of(inner[i]), 1, Size(sizes, i)));

        return !sizes.IsEmpty;
    }

    private static ulong Size(ReadOnlySpan<ulong> sizes, int index) => index < sizes.Length ? sizes[index] : 0;
}
