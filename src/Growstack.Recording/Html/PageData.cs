// What the page's scripts draw, as compact JSON.
using System.Globalization;
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>
/// Writes the page's data. The default encoder writes <c>&lt;</c>, <c>&gt;</c>, <c>&amp;</c>, quotes and everything beyond ASCII as escapes, so that nothing
/// in it can end the element that holds it.
/// </summary>
internal static class PageData
{
    /// <summary>Nodes of the flame graph; more would be thinner than a pixel.</summary>
    private const int MostNodes = 20_000;

    /// <summary>Stacks that bring their deepest call chain along: the riskiest.</summary>
    private const int MostChains = 300;

    public static void Write(RecordedRun run, Stream output)
    {
        var symbols = new SymbolTable(run);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("duration"u8, run.Duration);
        json.WriteNumber("page"u8, run.Start.PageSize);
        WriteProcesses(json, run);
        WriteStacks(json, run, symbols);
        json.WritePropertyName("growths"u8);
        WriteTree(json, FlameTree.OfGrowths(run, symbols).Pruned(MostNodes));
        WriteMaps(json, run);

        // Last, when everybody has asked for the functions they need.
        WriteSymbols(json, symbols);
        json.WriteEndObject();
    }

    private static void WriteProcesses(Utf8JsonWriter json, RecordedRun run)
    {
        json.WriteStartArray("processes"u8);
        foreach (var process in run.Processes)
        {
            json.WriteStartObject();
            json.WriteNumber("pid"u8, process.Line.Pid);
            json.WriteNumber("parent"u8, process.Line.Parent);
            json.WriteString("name"u8, process.Name);
            json.WriteString("command"u8, string.Join(' ', process.Line.Command));
            json.WriteString("how"u8, Vocabulary.Origins[(int)process.Line.How]);
            json.WriteNumber("at"u8, process.Line.At);
            if (process.EndedAt is { } end)
                json.WriteNumber("end"u8, end);
            if (process.Exit is { } exit)
                json.WriteString("exit"u8, exit.Signal ?? exit.Status?.ToString(CultureInfo.InvariantCulture) ?? "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStacks(Utf8JsonWriter json, RecordedRun run, SymbolTable symbols)
    {
        var ranked = run.StacksByRisk().ToList();
        var most = GrowthCurve.PointsFor(ranked.Count);
        var chains = new ChainTrees(run, symbols);
        json.WriteStartArray("stacks"u8);
        for (var rank = 0; rank < ranked.Count; rank++)
            WriteStack(json, run, ranked[rank], most, rank < MostChains ? chains.Of(ranked[rank]) : null);

        json.WriteEndArray();
        json.WriteStartArray("chains"u8);
        foreach (var (tree, sized) in chains.Trees)
        {
            json.WriteStartObject();
            json.WriteBoolean("sized"u8, sized);
            json.WritePropertyName("tree"u8);
            WriteTree(json, tree);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStack(Utf8JsonWriter json, RecordedRun run, RecordedStack stack, int most, int? chain)
    {
        var line = stack.Line;
        json.WriteStartObject();
        json.WriteNumber("id"u8, line.Stack);
        json.WriteNumber("process"u8, stack.Process.Index);
        json.WriteNumber("tid"u8, line.Tid);
        json.WriteString("title"u8, stack.Title);
        if (line.Kind == StackKind.Main)
            json.WriteBoolean("main"u8, true);
        if (line.Role.Length > 0)
            json.WriteString("role"u8, line.Role);
        json.WriteString("low"u8, Hex(line.Low));
        json.WriteString("high"u8, Hex(line.High));
        json.WriteNumber("guard"u8, line.Guard);
        json.WriteNumber("used"u8, stack.Used);
        json.WriteNumber("mapped"u8, stack.Mapped);
        json.WriteNumber("room"u8, stack.Room);
        if (stack.Limit == RecordingFormat.Unlimited)
            json.WriteBoolean("unlimited"u8, true);
        if (line.LimitFrom.Length > 0)
            json.WriteString("from"u8, line.LimitFrom);
        json.WriteNumber("at"u8, line.At);
        json.WriteNumber("end"u8, stack.EndedAt ?? run.Duration);
        json.WriteNumber("growths"u8, stack.GrowthCount);
        if (stack.Overflow is { } overflow)
            WriteOverflow(json, overflow);
        if (chain is { } tree)
            json.WriteNumber("chain"u8, tree);
        GrowthCurve.Write(json, stack, most);
        json.WriteEndObject();
    }

    private static void WriteOverflow(Utf8JsonWriter json, in OverflowLine overflow)
    {
        json.WriteStartObject("overflow"u8);
        json.WriteNumber("at"u8, overflow.At);
        json.WriteString("address"u8, Hex(overflow.Address));
        json.WriteString("instruction"u8, Hex(overflow.Instruction));
        json.WriteNumber("below"u8, overflow.Below);
        json.WriteEndObject();
    }

    private static void WriteTree(Utf8JsonWriter json, FlameTree tree)
    {
        json.WriteStartObject();
        WriteColumn(json, "parents", tree, n => n.Parent);
        WriteColumn(json, "symbols", tree, n => n.Symbol);
        WriteColumn(json, "bytes", tree, n => (long)Math.Min(n.SelfBytes, long.MaxValue));
        WriteColumn(json, "counts", tree, n => n.SelfCount);
        WriteColumn(json, "repeats", tree, n => n.Repeats);
        json.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter json, string name, FlameTree tree, Func<FlameTree.Node, long> value)
    {
        json.WriteStartArray(name);
        foreach (var node in tree.Nodes)
            json.WriteNumberValue(value(node));

        json.WriteEndArray();
    }

    private static void WriteMaps(Utf8JsonWriter json, RecordedRun run)
    {
        json.WriteStartArray("maps"u8);
        foreach (var process in run.Processes)
        {
            var entries = process.Map?.Entries ?? StackMap.Of(run, process);
            if (entries.Count == 0)
                continue;

            json.WriteStartObject();
            json.WriteNumber("process"u8, process.Index);
            if (process.Map is null)
                json.WriteBoolean("partial"u8, true);
            json.WriteStartArray("entries"u8);
            foreach (var entry in entries)
            {
                json.WriteStartArray();
                json.WriteStringValue(Hex(entry.Start));
                json.WriteStringValue(Hex(entry.End));
                json.WriteNumberValue((int)entry.Kind);
                json.WriteStringValue(entry.Protection);
                json.WriteStringValue(entry.Name);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSymbols(Utf8JsonWriter json, SymbolTable symbols)
    {
        json.WriteStartArray("symbols"u8);
        foreach (var symbol in symbols.Symbols)
        {
            json.WriteStartArray();
            json.WriteStringValue(symbol.Name);
            json.WriteStringValue(symbol.Module ?? "");
            json.WriteStringValue(symbol.File is null ? "" : symbol.Line is { } line ? $"{symbol.File}:{line}" : symbol.File);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static string Hex(ulong address) => address.ToString("x", CultureInfo.InvariantCulture);
}
