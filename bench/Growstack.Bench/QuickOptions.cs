// What `quick` is asked to measure.
using System.Globalization;

namespace Growstack.Bench;

/// <summary>The options of <see cref="Quick"/>.</summary>
/// <param name="Sizes">Entries in the maps.</param>
/// <param name="Only">A part of the names of the operations wanted.</param>
/// <param name="Subject">What is measured.</param>
/// <param name="Markdown">Whether the table is for a document.</param>
/// <param name="Document">Whether all subjects are measured, for the tables of docs/speed.md.</param>
internal sealed record QuickOptions(int[] Sizes, string Only, string Subject, bool Markdown, bool Document)
{
    internal static readonly string[] Subjects = ["map", "index", "list", "set", "interval"];

    internal static bool TryParse(string[] words, out QuickOptions options)
    {
        options = new QuickOptions([10, 100, 1_000, 10_000, 100_000, 1_000_000], "", Subjects[0], false, false);
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] is "--markdown" or "--document")
            {
                options = words[i] == "--markdown" ? options with { Markdown = true } : options with { Document = true };
                continue;
            }
            if (i + 1 == words.Length)
                return false;
            switch ((words[i], words[++i]))
            {
                case ("--sizes", var list) when TryParseSizes(list, out var sizes):
                    options = options with { Sizes = sizes };
                    break;
                case ("--only", var text):
                    options = options with { Only = text };
                    break;
                case ("--subject", var name) when Subjects.Contains(name):
                    options = options with { Subject = name };
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    private static bool TryParseSizes(string list, out int[] sizes)
    {
        var parts = list.Split(',');
        sizes = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] is < 1 or > 4_000_000)
                return false;
        }
        return true;
    }
}
