// The summary's table of thread stacks: a line for each kind of thread, or for every thread.
using System.Globalization;
using Growstack.Linux;

namespace Growstack.Cli;

/// <summary>
/// Writes the stacks of threads for a person. Threads of one process whose names differ in numbers only, and whose stacks have the same limit,
/// are alike: one line tells how many they are, the figures of the one that used most, and the median peak.
/// </summary>
internal sealed class ThreadStackTable
{
    /// <summary>Put behind the name of a thread whose stack does not grow under the map.</summary>
    public const string OnlyMeasured = "*";

    private readonly TextTable _table;
    private readonly bool _all;
    private bool _any;

    /// <summary>Makes an empty table.</summary>
    /// <param name="all">Whether every thread has its own line.</param>
    public ThreadStackTable(bool all)
    {
        _all = all;
        TextTable.Column[] whose = all ? [new("TID", Right: true), new("PEAK", Right: true)] : [new("COUNT", Right: true), new("PEAK", Right: true), new("MEDIAN", Right: true)];
        _table = new TextTable(
        [
            new("PID", Right: true), new("THREAD"), .. whose, new("MAPPED", Right: true), new("RESERVED", Right: true), new("LIMIT", Right: true),
            new("GROWTHS", Right: true), new("HEADROOM", Right: true),
        ]);
    }

    /// <summary>Adds the threads of a process.</summary>
    public void Add(ProcessReport process, Terminal terminal)
    {
        foreach (var alike in Groups(process))
        {
            var deepest = alike.MaxBy(stack => stack.PeakBytes)!;
            _any = true;
            string[] whose = _all
                ? [Text(deepest.ThreadId), StackCells.Peak(deepest)]
                : [Text(alike.Count), StackCells.Peak(deepest), ByteSize.Format(Median(alike))];
            bool fatal = process.FatalOverflow is { } overflow && alike.Exists(stack => stack.ThreadId == overflow.ThreadId);
            _table.Add(
                StackCells.Style(deepest, fatal, terminal),
                [
                    Text(process.Pid),
                    Name(alike),
                    .. whose,
                    ByteSize.Format(deepest.MappedBytes),
                    ByteSize.Format(deepest.ReservedBytes),
                    ByteSize.Format(deepest.LimitBytes),
                    Text(deepest.Growths),
                    StackCells.Headroom(deepest),
                ]);
        }
    }

    /// <summary>Prints the table unless it is empty.</summary>
    public void Write(TextWriter writer, Terminal terminal)
    {
        if (!_any)
            return;
        writer.WriteLine(terminal.Strong("growstack: thread stacks"));
        _table.Write(writer, terminal.Dim);
    }

    private IEnumerable<List<StackReport>> Groups(ProcessReport process)
    {
        var threads = process.Stacks.Where(stack => stack.Kind == StackKind.Thread);
        return _all
            ? threads.Select(stack => new List<StackReport> { stack })
            : threads.GroupBy(stack => (Pattern(stack.ThreadName), stack.LimitBytes, stack.IsManaged)).Select(group => group.ToList());
    }

    private static string Name(List<StackReport> alike)
    {
        string name = alike[0].ThreadName;
        return (alike.TrueForAll(stack => stack.ThreadName == name) ? name : Pattern(name)) + (alike[0].IsManaged ? "" : OnlyMeasured);
    }

    /// <summary>A name with each of its numbers written as <c>#</c>.</summary>
    private static string Pattern(string name)
    {
        Span<char> pattern = stackalloc char[name.Length];
        int length = 0;
        foreach (char c in name)
        {
            if (!char.IsAsciiDigit(c))
                pattern[length++] = c;
            else if (length == 0 || pattern[length - 1] != '#')
                pattern[length++] = '#';
        }

        return pattern[..length].ToString();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static ulong Median(List<StackReport> alike)
    {
        var peaks = alike.Select(stack => stack.PeakBytes).Order().ToList();
        return peaks[peaks.Count / 2];
    }
}
