// Makes the answer out of folded frames: names, lines, sizes.
namespace Growstack.Linux.Symbols;

/// <summary>Names the frames that remain after folding; only for those is debug information read.</summary>
internal sealed class CallChainBuilder(ProcessSymbols symbols, bool withLines)
{
    private const int MostLargestFrames = 10;

    private readonly SortedSet<string> _stripped = new(StringComparer.Ordinal);

    /// <summary>Builds the answer.</summary>
    public CallChain Build(ChainFolder folder, string? estimate, CallChainEnd end)
    {
        var parts = folder.Finish().ConvertAll(part => new CallChainPart(
            part.Kind,
            [.. part.Frames.Select((frame, i) => Describe(frame, part.Kind == CallChainPartKind.Frame ? 1 : part.Counts[i]))],
            part.Repetitions,
            part.FrameCount,
            part.Bytes));
        var largest = folder.LargestFrames(MostLargestFrames)
            .Select(f => (Frame: Describe(f.Largest, f.Count), f.Total))
            .Select(f => new FrameSize(f.Frame.Label, f.Frame.Module, f.Frame.Size, f.Total, f.Frame.Count))
            .ToArray();
        return new CallChain(parts, folder.Count, estimate, end, largest, [.. _stripped]);
    }

    /// <summary>Names one frame.</summary>
    public CallFrame Describe(in RawFrame frame, long count)
    {
        var function = frame.Function;
        var lookup = frame.IsExact ? frame.Address : frame.Address - 1;
        var file = IsNoFile(function.Module) ? null : function.Module;
        if (function.Name is null && file is not null && symbols.IsStripped(lookup))
            _stripped.Add(file);

        var (source, line) = withLines ? symbols.LineAt(lookup) : default;
        return new CallFrame
        {
            Address = frame.Address,
            Function = function.Name,
            Module = file,
            Offset = frame.Address - function.Start,
            SourceFile = source,
            Line = line,
            Size = frame.Size,
            Count = count,
            IsSignal = frame.IsSignal,
            IsGuessed = frame.IsGuessed,
        };
    }

    /// <summary>Whether a mapping's name is that of no file to be found: memory of memfd_create(2), where .NET puts code it makes at run time.</summary>
    internal static bool IsNoFile(string? module) => module?.StartsWith(NoFile, StringComparison.Ordinal) == true;

    internal const string NoFile = "/memfd:";
}
