// The live view on a second terminal, which it has to itself.
using System.Text;

namespace Growstack.Cli.Live;

/// <summary>All of a terminal that the program does not use.</summary>
internal sealed class WholeScreen : ILiveArea
{
    private readonly TerminalDevice _terminal;

    /// <summary>Clears the terminal.</summary>
    public WholeScreen(TerminalDevice terminal)
    {
        _terminal = terminal;
        terminal.Write("\e[H\e[2J");
    }

    /// <inheritdoc/>
    public (int Rows, int Columns) Size => _terminal.Size is { Rows: > 1 } size ? (size.Rows - 1, size.Columns) : default;

    /// <inheritdoc/>
    public void Follow(IReadOnlyCollection<int> processes)
    {
    }

    /// <inheritdoc/>
    public void Draw(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder("\e[H");
        foreach (string line in lines)
            _ = text.Append(line).Append("\e[K\r\n");
        _terminal.Write(text.Append("\e[J").ToString());
    }

    /// <inheritdoc/>
    public void Release()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _terminal.Dispose();
}
