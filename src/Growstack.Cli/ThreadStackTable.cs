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
        foreach (var alike in _all ? Single(process) : Groups(process))
        {
            var deepest = alike.Deepest;
            _any = true;
            string[] whose = _all
                ? [Text(deepest.ThreadId), StackCells.Peak(deepest)]
                : [Text(alike.Count), StackCells.Peak(deepest), ByteSize.Format(alike.MedianPeak)];
            _table.Add(
                StackCells.Style(deepest, alike.HoldsFatal, terminal),
                [
                    Text(process.Pid),
                    alike.Name + (deepest.IsManaged ? "" : OnlyMeasured),
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

    private static IEnumerable<AlikeThreads> Single(ProcessReport process) => Threads(process).Select(stack => AlikeThreads.Of(process, stack));

    /// <summary>The groups in the order of their first threads. The threads are looked at one after the other: there may be a million.</summary>
    private static List<AlikeThreads> Groups(ProcessReport process)
    {
        var groups = new List<AlikeThreads>();
        var known = new Dictionary<(string, ulong, bool), AlikeThreads>();
        foreach (var stack in Threads(process))
        {
            var key = (AlikeThreads.Pattern(stack.ThreadName), stack.LimitBytes, stack.IsManaged);
            if (known.TryGetValue(key, out var group))
                group.Add(stack);
            else
                groups.Add(known[key] = AlikeThreads.Of(process, stack));
        }

        return groups;
    }

    private static IEnumerable<StackReport> Threads(ProcessReport process) => process.Stacks.Where(stack => stack.Kind == StackKind.Thread);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
