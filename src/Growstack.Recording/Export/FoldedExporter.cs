// Collapsed stacks, one a line with its weight: what flamegraph.pl, inferno and most viewers of flame graphs read.
using System.Globalization;

namespace Growstack.Recording;

/// <summary>What a chain weighs in an export.</summary>
public enum ChainWeight
{
    /// <summary>Bytes by which stacks grew there.</summary>
    Bytes,

    /// <summary>How often stacks grew there.</summary>
    Growths,
}

/// <summary>Writes growths as collapsed stacks: <c>thread;outermost;…;innermost weight</c>, sorted, recursion as it was.</summary>
public static class FoldedExporter
{
    /// <summary>Writes all growths of a run.</summary>
    /// <param name="run">The recording.</param>
    /// <param name="writer">Receives the lines; lines end in <c>\n</c>.</param>
    /// <param name="weight">What the number at a line's end says.</param>
    public static void Write(RecordedRun run, TextWriter writer, ChainWeight weight = ChainWeight.Bytes)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(writer);
        var symbols = new SymbolTable(run);
        var steps = new List<ChainStep>();
        var spelled = new Dictionary<int, string>();
        var totals = new Dictionary<string, ulong>();
        foreach (var stack in run.Stacks)
        {
            var thread = Clean(stack.Title);
            foreach (var (chain, total) in TotalsByChain(stack, weight))
            {
                if (!spelled.TryGetValue(chain, out var text))
                {
                    _ = symbols.Spell(chain < 0 ? null : chain, steps);
                    text = spelled[chain] = string.Join(';', steps.Select(s => Clean(symbols.Symbols[s.Symbol].Name)));
                }

                var line = thread + ";" + text;
                totals[line] = totals.GetValueOrDefault(line) + total;
            }
        }

        foreach (var (line, total) in totals.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            writer.Write(line);
            writer.Write(' ');
            writer.Write(total.ToString(CultureInfo.InvariantCulture));
            writer.Write('\n');
        }
    }

    private static Dictionary<int, ulong> TotalsByChain(RecordedStack stack, ChainWeight weight)
    {
        var totals = new Dictionary<int, ulong>();
        foreach (var growth in stack.Growths)
        {
            var chain = growth.Chain ?? -1;
            totals[chain] = totals.GetValueOrDefault(chain) + (weight == ChainWeight.Bytes ? growth.Bytes : 1);
        }

        return totals;
    }

    /// <summary>A semicolon would end the name, a line break the line.</summary>
    private static string Clean(string name)
    {
        if (name.Length == 0)
            return "?";

        return name.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && !name.Contains(';', StringComparison.Ordinal)
            ? name
            : string.Create(name.Length, name, static (span, text) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = text[i] == ';' ? ':' : text[i] < ' ' ? ' ' : text[i];
            });
    }
}
