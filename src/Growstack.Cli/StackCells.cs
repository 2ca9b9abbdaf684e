// What the summary's tables say of one stack, cell by cell.
using System.Globalization;
using Growstack.Linux;

namespace Growstack.Cli;

/// <summary>Words and style for the figures of a stack.</summary>
internal static class StackCells
{
    /// <summary>The peak, marked when it is only an upper bound.</summary>
    public static string Peak(StackReport stack) => (stack.PeakIsExact ? "" : "≤ ") + ByteSize.Format(stack.PeakBytes);

    /// <summary>What was left at the peak, and how much of the limit that is.</summary>
    public static string Headroom(StackReport stack)
    {
        var percent = stack.LimitBytes == 0 ? 0 : (int)(100.0 * stack.HeadroomBytes / stack.LimitBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{ByteSize.Format(stack.HeadroomBytes)} ({percent}%)");
    }

    /// <summary>How the line is to look: as an alarm when the stack's overflow ended the program, as a warning when little was left.</summary>
    public static Func<string, string>? Style(StackReport stack, bool fatal, Terminal terminal) =>
        fatal ? terminal.Alarm
        : stack.HeadroomBytes < stack.LimitBytes / 10 ? terminal.Warn
        : null;
}
