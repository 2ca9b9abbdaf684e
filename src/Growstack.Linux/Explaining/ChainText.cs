// A call chain as lines of text.
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Explaining;

/// <summary>A piece of a chain as it is shown: pieces that a gap parts are one recursion.</summary>
/// <param name="Frames">As in <see cref="CallChainPart.Frames"/>.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Repetitions">How often its frames follow each other.</param>
/// <param name="Bytes">The stack they take.</param>
/// <param name="IsEstimate">Whether some of it was not followed.</param>
internal sealed record ShownPart(IReadOnlyList<CallFrame> Frames, CallChainPartKind Kind, long Repetitions, ulong Bytes, bool IsEstimate)
{
    /// <summary>The names of the frames from the outermost call to the innermost.</summary>
    public string Path => string.Join(" → ", Frames.Reverse().Select(frame => ChainText.Name(frame)));
}

/// <summary>Writes call chains for people.</summary>
internal static class ChainText
{
    private const int MostBeginnings = 4;
    private const int Innermost = 12;
    private const int Outermost = 6;
    private const int CycleShown = 8;
    private const int LongestName = 72;
    private const int WidestColumn = 52;
    private const int LineDigits = 6;

    /// <summary>How every program and every thread begins, which tells nobody anything.</summary>
    private static readonly HashSet<string?> Beginnings =
    [
        "_start", "_start_c", "__libc_start_main", "__libc_start_main_impl", "__libc_start_main_stage2", "libc_start_main_stage2", "__libc_start_call_main", "start_thread", "start",
        "clone", "clone3", "__clone", "__clone3", "__GI___clone", "__GI___clone3",
    ];

    /// <summary>The chain's pieces, a recursion and its estimated continuation as one, without the outermost frames that every chain has.</summary>
    public static List<ShownPart> Parts(CallChain chain)
    {
        var parts = new List<ShownPart>();
        if (chain.Parts.Count == 0)
            return parts;
        foreach (var part in chain.Parts)
        {
            bool repeats = part.Kind is CallChainPartKind.Cycle or CallChainPartKind.Gap;
            var shown = new ShownPart(part.Frames, repeats ? CallChainPartKind.Cycle : part.Kind, part.Repetitions, part.Bytes, part.Kind == CallChainPartKind.Gap);
            if (repeats && parts.Count > 0 && parts[^1] is { Kind: CallChainPartKind.Cycle } last && SameFunctions(last.Frames, part.Frames))
            {
                parts[^1] = last with
                {
                    Repetitions = last.Repetitions + shown.Repetitions,
                    Bytes = last.Bytes + shown.Bytes,
                    IsEstimate = last.IsEstimate || shown.IsEstimate,
                };
            }
            else
            {
                parts.Add(shown);
            }
        }

        int beginning = parts.FindIndex(Math.Max(1, parts.Count - MostBeginnings), part => part.Kind == CallChainPartKind.Frame && Beginnings.Contains(part.Frames[0].Function));
        if (beginning > 0)
            parts.RemoveRange(beginning, parts.Count - beginning);
        return parts;
    }

    /// <summary>The chain, the innermost call first.</summary>
    public static List<string> Lines(IReadOnlyList<ShownPart> parts)
    {
        var rows = new List<(string Name, string Where, string Size)>();
        bool all = parts.Count <= Innermost + Outermost + 1;
        for (int i = 0; i < parts.Count; i++)
        {
            if (!all && i == Innermost)
            {
                i = parts.Count - Outermost;
                rows.Add(($"… {Figures.Count(parts.Skip(Innermost).SkipLast(Outermost).Sum(p => p.Frames.Count * p.Repetitions))} more", "", ""));
            }

            Add(rows, parts[i]);
        }

        return Align(rows);
    }

    /// <summary>Frames that were only found, one a line.</summary>
    public static List<string> Lines(IEnumerable<CallFrame> frames) => Align([.. frames.Select(frame => (Name(frame), Where(frame), ""))]);

    /// <summary>Where a frame's code comes from: the source line, or the module unless the name says it already.</summary>
    public static string Where(CallFrame frame)
    {
        if (frame.SourceFile is { } file)
            return $"{Shorten(file)}:{frame.Line}";
        if (frame is { Function: null, Module: not null })
            return "";
        return frame.Module is { } module ? System.IO.Path.GetFileName(module) : "code made at run time";
    }

    /// <summary>What a frame is called in a line of text.</summary>
    public static string Name(CallFrame frame) => Name(frame.Label);

    /// <summary>What a function is called in a line of text.</summary>
    public static string Name(FrameSize function) => Name(function.Function);

    // Without the types of its parameters, and with the middle left out where it is still too long.
    private static string Name(string label)
    {
        string name = WithoutParameters(label);
        return name.Length <= LongestName ? name : string.Concat(name.AsSpan(0, LongestName * 2 / 3), "…", name.AsSpan(name.Length - (LongestName / 3 - 1)));
    }

    // "operator()(int) const" is "operator()"; what else ends with a parenthesis ends with its parameters.
    private static string WithoutParameters(string label)
    {
        string name = label.EndsWith(" const", StringComparison.Ordinal) ? label[..^6] : label;
        if (!name.EndsWith(')'))
            return label;
        int depth = 0;
        for (int i = name.Length - 1; i > 0; i--)
        {
            depth += name[i] == ')' ? 1 : name[i] == '(' ? -1 : 0;
            if (depth == 0)
                return name[..i];
        }

        return label;
    }

    private static void Add(List<(string Name, string Where, string Size)> rows, ShownPart part)
    {
        if (part.Kind == CallChainPartKind.Frame)
        {
            var frame = part.Frames[0];
            string remark = frame.IsSignal ? " (a signal arrived)" : frame.IsGuessed ? " (guessed)" : "";
            rows.Add((Name(frame), (Where(frame) + remark).TrimStart(), frame.Size == 0 ? "" : Figures.Bytes(frame.Size)));
            return;
        }

        string about = part.IsEstimate ? "about " : "";
        string total = Figures.Bytes(part.Bytes);
        if (part.Kind == CallChainPartKind.Cycle && part.Frames.Count == 1)
        {
            var frame = part.Frames[0];
            rows.Add((Name(frame), Where(frame), $"{about}{Figures.Count(part.Repetitions)} times, {total}"));
            return;
        }

        string heading = part.Kind == CallChainPartKind.Mixture ? $"{Figures.Count(part.Frames.Sum(f => f.Count))} calls in no fixed order, {total}:"
            : part.Path is { Length: <= LongestName } path ? $"{path}, {about}{Figures.Count(part.Repetitions)} times, {total}:"
            : $"{part.Frames.Count} functions in turn, {about}{Figures.Count(part.Repetitions)} times, {total}:";
        rows.Add((heading, "", ""));
        foreach (var frame in part.Frames.Take(CycleShown))
        {
            string count = part.Kind == CallChainPartKind.Mixture ? $", {Figures.Count(frame.Count)} times" : "";
            rows.Add(("  " + Name(frame), Where(frame), Figures.Bytes(frame.Size) + count));
        }

        if (part.Frames.Count > CycleShown)
            rows.Add(($"  … {part.Frames.Count - CycleShown} more functions", "", ""));
    }

    // Columns as wide as most cells need; what is wider pushes its own line only.
    private static List<string> Align(List<(string Name, string Where, string Size)> rows)
    {
        int names = Widest(rows.Where(r => r.Where + r.Size != "").Select(r => r.Name.Length));
        int places = Widest(rows.Where(r => r.Size != "").Select(r => r.Where.Length));
        return [.. rows.Select(row => row.Where + row.Size == "" ? row.Name : $"{row.Name.PadRight(names)}  {row.Where.PadRight(places)}  {row.Size}".TrimEnd())];
    }

    private static int Widest(IEnumerable<int> lengths) => lengths.Where(length => length <= WidestColumn).DefaultIfEmpty(0).Max();

    private static bool SameFunctions(IReadOnlyList<CallFrame> left, IReadOnlyList<CallFrame> right) =>
        left.Count == right.Count && left.Select(f => f.Label).Order(StringComparer.Ordinal).SequenceEqual(right.Select(f => f.Label).Order(StringComparer.Ordinal));

    // Relative to where growstack runs, or the last directories of a long path.
    private static string Shorten(string file)
    {
        string here = Environment.CurrentDirectory + "/";
        if (file.StartsWith(here, StringComparison.Ordinal))
            return file[here.Length..];
        if (file.Length <= WidestColumn)
            return file;
        int cut = file.IndexOf('/', file.Length - WidestColumn + LineDigits);
        return cut < 0 ? file : "…" + file[cut..];
    }
}
