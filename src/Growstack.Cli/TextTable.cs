// A table in plain text: columns as wide as their widest cell, numbers to the right.
namespace Growstack.Cli;

/// <summary>Collects rows and prints them with aligned columns.</summary>
internal sealed class TextTable(params TextTable.Column[] columns)
{
    private readonly List<(string[] Cells, Func<string, string>? Style)> _rows = [];

    /// <summary>A column's heading and the side its cells keep to.</summary>
    public readonly record struct Column(string Heading, bool Right = false);

    /// <summary>Adds a row.</summary>
    /// <param name="style">Applied to the whole finished line, so that invisible codes do not upset the widths.</param>
    /// <param name="cells">One cell a column; the last column may be ragged.</param>
    public void Add(Func<string, string>? style, params string[] cells) => _rows.Add((cells, style));

    /// <inheritdoc cref="Add(Func{string, string}?, string[])"/>
    public void Add(params string[] cells) => Add(null, cells);

    /// <summary>Prints the heading and all rows.</summary>
    public void Write(TextWriter writer, Func<string, string>? headingStyle = null)
    {
        var widths = new int[columns.Length];
        for (var c = 0; c < columns.Length; c++)
            widths[c] = _rows.Select(r => r.Cells[c].Length).Append(columns[c].Heading.Length).Max();

        WriteLine(writer, [.. columns.Select(c => c.Heading)], headingStyle, widths);
        foreach (var (cells, style) in _rows)
            WriteLine(writer, cells, style, widths);
    }

    private void WriteLine(TextWriter writer, string[] cells, Func<string, string>? style, int[] widths)
    {
        var padded = cells.Select((cell, c) => columns[c].Right ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]));
        var line = string.Join("  ", padded).TrimEnd();
        writer.WriteLine(style is null ? line : style(line));
    }
}
