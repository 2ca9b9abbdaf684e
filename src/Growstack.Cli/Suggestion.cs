// What a mistyped word may have meant.
namespace Growstack.Cli;

/// <summary>Finds the known word that is nearest to a mistyped one.</summary>
internal static class Suggestion
{
    /// <summary>A question to put behind "there is no such word"; empty when no word is near.</summary>
    public static string For(string typed, IEnumerable<string> words)
    {
        string plain = typed.Trim('-');
        int most = Math.Max(1, plain.Length / 3);
        string? nearest = words
            .Select(word => (Word: word, Distance: Distance(plain, word.Trim('-')), Begins: plain.Length > 2 && word.Trim('-').StartsWith(plain, StringComparison.Ordinal)))
            .Where(known => known.Begins || known.Distance <= most)
            .OrderBy(known => known.Distance).FirstOrDefault().Word;
        return nearest is null ? "" : $" Did you mean {nearest}?";
    }

    /// <summary>How many letters have to be put in, left out, replaced, or exchanged with their neighbour.</summary>
    internal static int Distance(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[from.Length, to.Length];
    }
}
