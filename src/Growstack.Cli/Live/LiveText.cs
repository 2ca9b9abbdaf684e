// What the live view says.
using System.Globalization;
using Growstack.Linux;
using Growstack.Linux.Observing;

namespace Growstack.Cli.Live;

/// <summary>Writes a run as it is at one moment in lines of a given width.</summary>
internal static class LiveText
{
    /// <summary>Lines that are no stacks: two above, and one below where there is an overflow.</summary>
    public const int OtherLines = 2;

    private const double Alarming = 0.9;
    private const double Noteworthy = 0.7;
    private const int NameWidth = 22;
    private const int FiguresWidth = 69;
    private const int WidestBar = 40;

    /// <summary>The lines, no more than <paramref name="rows"/> and none wider than <paramref name="columns"/>.</summary>
    public static List<string> Lines(LiveRun run, int rows, int columns, Terminal terminal)
    {
        string overflows = run.Overflows == 0 ? "" : $", {Count(run.Overflows, "overflow")}";
        string title = $"── growstack: {Count(run.Processes.Count, "process", "processes")}, {Count(run.StackCount, "stack")}, {Count(run.Growths, "growth")}{overflows} ";
        var lines = new List<string>
        {
            terminal.Dim(Cut(title.PadRight(columns, '─'), columns)),
            terminal.Strong(Cut(Row("PID", "THREAD", "USED", "LIMIT", "GROWTHS", ""), columns)),
        };
        bool overflowed = run.LastOverflow is not null && rows > OtherLines + 1;
        foreach (var stack in run.Riskiest.Take(rows - OtherLines - (overflowed ? 1 : 0)))
            lines.Add(Style(stack, terminal)(Cut(Row(stack, columns), columns)));
        if (overflowed)
            lines.Add(terminal.Alarm(Cut(run.LastOverflow!, columns)));
        return lines;
    }

    private static string Row(in LiveStack stack, int columns)
    {
        string own = string.Concat(stack.Name.Select(c => char.IsControl(c) ? '?' : c));
        string name = stack.Kind == StackKind.Main ? $"{own} (main)" : own;
        string share = stack.Limit >= long.MaxValue ? "" : $"{stack.Share.ToString("0%", CultureInfo.InvariantCulture),4} {Bar(stack.Share, Math.Clamp(columns - FiguresWidth, 0, WidestBar))}";
        return Row(Text(stack.Pid), Cut(name, NameWidth), ByteSize.Format(stack.Used), ByteSize.Format(stack.Limit), Text(stack.Growths), share);
    }

    private static string Row(string pid, string name, string used, string limit, string growths, string share) =>
        $"{pid,7}  {name,-NameWidth}  {used,9}  {limit,9}  {growths,7}  {share}".TrimEnd();

    private static Func<string, string> Style(in LiveStack stack, Terminal terminal) =>
        stack.HasOverflowed || stack.Share >= Alarming ? terminal.Alarm
        : stack.Share >= Noteworthy ? terminal.Warn
        : text => text;

    private static string Bar(double share, int width)
    {
        int full = (int)Math.Round(Math.Min(1, share) * width);
        return new string('█', full) + new string('░', width - full);
    }

    private static string Cut(string text, int columns) => text.Length <= columns ? text : columns < 1 ? "" : text[..(columns - 1)] + "…";

    private static string Count(long number, string one, string? many = null) => $"{Text(number)} {(number == 1 ? one : many ?? one + "s")}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
