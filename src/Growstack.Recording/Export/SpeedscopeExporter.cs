// The file format of https://www.speedscope.app.
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>
/// Writes a speedscope file with these profiles: all growths by bytes, all growths by count, the deepest stack by the bytes that its frames take
/// (where they are known), and each stack that grew, by bytes, in the order of its growths.
/// </summary>
public static class SpeedscopeExporter
{
    /// <summary>Stacks that get a profile of their own: the riskiest.</summary>
    private const int MostStacks = 100;

    /// <summary>Bytes that may wait in memory.</summary>
    private const int FlushAt = 1 << 20;

    /// <summary>Writes a run.</summary>
    /// <param name="run">The recording.</param>
    /// <param name="output">Receives UTF-8; stays open.</param>
    public static void Write(RecordedRun run, Stream output)
    {
        ArgumentNullException.ThrowIfNull(run);
        var symbols = new SymbolTable(run);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("$schema"u8, "https://www.speedscope.app/file-format-schema.json"u8);
        json.WriteString("exporter"u8, $"growstack {run.Start.Growstack}");
        json.WriteString("name"u8, string.Join(' ', run.Start.Command));
        json.WriteNumber("activeProfileIndex"u8, 0);
        json.WriteStartArray("profiles"u8);
        var growths = run.Stacks.SelectMany(s => s.Growths).ToList();
        WriteGrowths(json, symbols, "All growths, by bytes grown", growths, ChainWeight.Bytes);
        WriteGrowths(json, symbols, "All growths, by count", growths, ChainWeight.Growths);
        WriteDeepest(json, symbols, run);
        foreach (var stack in run.StacksByRisk().Where(s => s.Growths.Count > 0).Take(MostStacks))
            WriteGrowths(json, symbols, $"{stack.Title} ({stack.Line.Tid})", stack.Growths, ChainWeight.Bytes);

        json.WriteEndArray();
        json.WriteStartObject("shared"u8);
        WriteFrames(json, symbols);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Growths with the same chain are one sample, at the place of the first.</summary>
    private static void WriteGrowths(
        Utf8JsonWriter json, SymbolTable symbols, string name, IReadOnlyList<GrowthLine> growths, ChainWeight weight)
    {
        var order = new List<int>();
        var totals = new Dictionary<int, ulong>();
        foreach (var growth in growths)
        {
            var chain = growth.Chain ?? -1;
            if (!totals.TryGetValue(chain, out var total))
                order.Add(chain);

            totals[chain] = total + (weight == ChainWeight.Bytes ? growth.Bytes : 1);
        }

        BeginProfile(json, name, weight == ChainWeight.Bytes ? "bytes" : "none", totals.Values.Aggregate(0UL, (sum, w) => sum + w));
        json.WriteStartArray("samples"u8);
        var steps = new List<ChainStep>();
        foreach (var chain in order)
        {
            _ = symbols.Spell(chain < 0 ? null : chain, steps);
            WriteSample(json, steps);
        }

        json.WriteEndArray();
        json.WriteStartArray("weights"u8);
        foreach (var chain in order)
            json.WriteNumberValue(totals[chain]);

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>
    /// The deepest chain, folded as in the page: unfolded, each frame would repeat all that called it, and a deep recursion would not fit in memory.
    /// </summary>
    private static void WriteDeepest(Utf8JsonWriter json, SymbolTable symbols, RecordedRun run)
    {
        if (run.DeepestStack() is not { } stack)
            return;

        var steps = new List<ChainStep>();
        var sized = symbols.Spell(stack.DeepestChain, steps);
        var tree = FlameTree.OfChain(steps, stack.Used);
        var (bytes, counts) = tree.Totals();
        var name = sized ? "by bytes of its frames" : "by frames";
        BeginProfile(json, $"Deepest stack, {stack.Title}, {name}, recursion folded", sized ? "bytes" : "none", sized ? bytes[0] : (ulong)counts[0]);
        json.WriteStartArray("samples"u8);
        var path = new List<ChainStep>();
        for (var i = 1; i < tree.Nodes.Count; i++)
        {
            path.Clear();
            for (var node = i; node > 0; node = tree.Nodes[node].Parent)
                path.Insert(0, new ChainStep(tree.Nodes[node].Symbol, 1, 0));

            WriteSample(json, path);
        }

        json.WriteEndArray();
        json.WriteStartArray("weights"u8);
        foreach (var node in tree.Nodes.Skip(1))
            json.WriteNumberValue(sized ? node.SelfBytes : (ulong)node.SelfCount);

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void BeginProfile(Utf8JsonWriter json, string name, string unit, ulong end)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "sampled"u8);
        json.WriteString("name"u8, name);
        json.WriteString("unit"u8, unit);
        json.WriteNumber("startValue"u8, 0);
        json.WriteNumber("endValue"u8, end);
    }

    private static void WriteSample(Utf8JsonWriter json, List<ChainStep> steps)
    {
        json.WriteStartArray();
        foreach (var step in steps)
            json.WriteNumberValue(step.Symbol);

        json.WriteEndArray();
        if (json.BytesPending > FlushAt)
            json.Flush();
    }

    private static void WriteFrames(Utf8JsonWriter json, SymbolTable symbols)
    {
        json.WriteStartArray("frames"u8);
        foreach (var symbol in symbols.Symbols)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, symbol.Name);
            if ((symbol.File ?? symbol.Module) is { } file)
                json.WriteString("file"u8, file);
            if (symbol is { File: not null, Line: { } line })
                json.WriteNumber("line"u8, line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
