// The live view at the bottom of the terminal that the program writes to.
using System.Globalization;
using System.Text;

namespace Growstack.Cli.Live;

/// <summary>
/// The lowest rows of a terminal. While they are held, the terminal scrolls above them only (DECSTBM), and tells programs that it has as many rows fewer, so
/// that those of the whole screen keep off too. Not thread-safe.
/// </summary>
internal sealed class BottomRows : ILiveArea
{
    /// <summary>Fewer rows than this are the program's alone.</summary>
    public const int LeastTerminal = 12;

    private const int Least = 4;
    private const int Most = 12;
    private const int Share = 3;
    private const string SaveCursor = "\e7", RestoreCursor = "\e8", ScrollEverywhere = "\e[r", ScrollDown = "\eD", ClearBelow = "\e[J", ClearLine = "\e[K", Plain = "\e[0m";

    private readonly TerminalDevice _terminal;
    private readonly TerminalGuard? _guard;

    /// <summary>How many rows the terminal has, those held among them; 0 while none are.</summary>
    private int _rows;
    private int _held;
    private bool _wasCanonical = true;

    /// <summary>Takes nothing yet.</summary>
    public BottomRows(TerminalDevice terminal)
    {
        _terminal = terminal;
        _guard = TerminalGuard.Start(terminal);
    }

    /// <inheritdoc/>
    public (int Rows, int Columns) Size => (_held, _held == 0 ? 0 : _terminal.Size.Columns);

    private int Top => _rows - _held + 1;

    /// <inheritdoc/>
    public void Follow(IReadOnlyCollection<int> processes)
    {
        int foreground = _terminal.Foreground;
        bool isOurs = foreground == -1 || foreground == TerminalDevice.OwnGroup || processes.Contains(foreground);
        if (_held > 0 && _terminal.Size.Rows is > 0 and var rows && rows != _rows - _held)
            _held = 0;
        else if (_held > 0)
            KeepScrolling();
        if (_held == 0 && isOurs)
            Take();
    }

    /// <inheritdoc/>
    public void Draw(IReadOnlyList<string> lines)
    {
        if (_held == 0)
            return;
        var text = new StringBuilder(SaveCursor);
        for (int i = 0; i < _held; i++)
            _ = text.Append(At(Top + i)).Append(Plain).Append(i < lines.Count ? lines[i] : "").Append(ClearLine);
        _terminal.Write(text.Append(RestoreCursor).ToString());
    }

    /// <inheritdoc/>
    public void Release()
    {
        if (_held > 0 && _terminal.Size.Rows == _rows - _held)
        {
            _terminal.Write(SaveCursor + ScrollEverywhere + At(Top) + Plain + ClearBelow + RestoreCursor);
            _terminal.SetRows(_rows);
        }
        else if (_held > 0)
        {
            // Resized a moment ago: where the rows are now is not known, but below the cursor there is nothing else.
            _terminal.Write(SaveCursor + ScrollEverywhere + RestoreCursor + ClearBelow);
        }

        _held = 0;
        _guard?.Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        _guard?.Dispose();
        _terminal.Dispose();
    }

    private static string At(int row) => string.Create(CultureInfo.InvariantCulture, $"\e[{row};1H");

    private string ScrollAbove() => string.Create(CultureInfo.InvariantCulture, $"{SaveCursor}\e[1;{_rows - _held}r{RestoreCursor}");

    /// <summary>Makes room below the cursor, which stays on its text, and holds it.</summary>
    private void Take()
    {
        int rows = _terminal.Size.Rows;
        if (rows < LeastTerminal)
            return;
        _rows = rows;
        _held = Math.Clamp(rows / Share, Least, Most);
        _guard?.Keep(_rows, Top);
        var text = new StringBuilder(SaveCursor + ScrollEverywhere + RestoreCursor + ClearBelow);
        for (int i = 0; i < _held; i++)
            _ = text.Append(ScrollDown);
        _terminal.Write(text.Append(CultureInfo.InvariantCulture, $"\e[{_held}A").Append(ScrollAbove()).ToString());
        _terminal.SetRows(_rows - _held);
        _wasCanonical = true;
    }

    // A program of the whole screen may have set the terminal's scrolling as it needs it, and has ended.
    private void KeepScrolling()
    {
        bool isCanonical = _terminal.IsCanonical;
        if (isCanonical && !_wasCanonical)
            _terminal.Write(ScrollAbove());
        _wasCanonical = isCanonical;
    }
}
