// What inspect prints for a person: a table of stacks, advice, and what could not be read.
using System.Globalization;
using Growstack.Linux.Inspection;

namespace Growstack.Cli;

/// <summary>Writes inspected processes as text.</summary>
internal static class InspectReport
{
    private const int RowsOfOne = 20;
    private const int RowsOfMany = 3;
    private const int AdviceLines = 12;
    private const string HomeAndClear = "\e[H\e[2J";

    /// <summary>How much to print.</summary>
    /// <param name="AllThreads">Every thread, however many.</param>
    /// <param name="AllProcesses">Nobody asked for these processes one by one: what may not be read is only counted.</param>
    /// <param name="Watching">The text replaces what was printed before, on a terminal.</param>
    public readonly record struct Shape(bool AllThreads, bool AllProcesses, bool Watching);

    /// <summary>Prints processes, the riskiest stacks first.</summary>
    public static void Write(TextWriter output, IReadOnlyList<ProcessStacks> processes, Terminal terminal, Shape shape)
    {
        // At once, so that a watched table does not flicker.
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        if (shape.Watching && !Console.IsOutputRedirected)
            text.Write(HomeAndClear);

        var readable = processes.Where(p => p.Unreadable.All(u => u.Fact != StackFact.AddressMap)).ToList();
        var shown = shape.AllProcesses ? readable : processes;
        if (shown.Count > 0)
            WriteTable(text, shown, terminal, shape);
        WriteAdvice(text, shown, terminal);
        foreach (var process in shown)
            WriteUnreadable(text, process, shown.Count > 1, terminal);
        if (readable.Count < processes.Count && shape.AllProcesses)
            text.WriteLine(terminal.Dim($"{processes.Count - readable.Count} more processes may not be read: run as root, or with CAP_SYS_PTRACE."));
        output.Write(text.ToString());
        output.Flush();
    }

    private static void WriteTable(TextWriter text, IReadOnlyList<ProcessStacks> processes, Terminal terminal, Shape shape)
    {
        var table = new TextTable(
            new("PID", Right: true), new("COMMAND"), new("TID", Right: true), new("THREAD"), new("KIND"), new("SIZE", Right: true),
            new("USED", Right: true), new("", Right: true), new("NOW", Right: true), new("HEADROOM", Right: true), new("GUARD"));
        var most = shape.AllThreads ? int.MaxValue : processes.Count == 1 ? RowsOfOne : RowsOfMany;
        var rows = processes
            .SelectMany(p => p.Threads.Take(most), (process, stack) => (process, stack))
            .OrderByDescending(r => r.stack.Risk).ThenByDescending(r => r.stack.UsedFraction ?? -1);
        foreach (var (process, stack) in rows)
            Add(table, process, stack, terminal);

        table.Write(text, terminal.Strong);
        var hidden = processes.Sum(p => Math.Max(0, p.Threads.Count - most));
        if (hidden > 0)
            text.WriteLine(terminal.Dim(string.Create(CultureInfo.InvariantCulture, $"{hidden} more threads at less risk: --all-threads shows them.")));
    }

    private static void Add(TextTable table, ProcessStacks process, ThreadStack stack, Terminal terminal)
    {
        Func<string, string>? style = stack.Risk switch
        {
            StackRisk.High => terminal.Alarm,
            StackRisk.Elevated => terminal.Warn,
            StackRisk.Unknown => terminal.Dim,
            _ => null,
        };
        table.Add(
            style,
            process.ProcessId.ToString(CultureInfo.InvariantCulture),
            process.Name,
            stack.ThreadId.ToString(CultureInfo.InvariantCulture),
            stack.Name,
            JsonWords.Camel(stack.Origin),
            Size(stack.Size),
            (stack.TouchedSource == TouchedSource.ResidentSize ? "~" : "") + Size(stack.HighWater),
            stack.UsedFraction is { } used ? used.ToString("0%", CultureInfo.InvariantCulture) : "",
            stack.OnOtherStack ? "elsewhere" : Size(stack.CurrentDepth),
            Size(stack.Headroom),
            Guard(stack.Guard));
    }

    private static string Guard(StackGuard guard) => guard.Kind switch
    {
        StackGuardKind.Unknown => "?",
        StackGuardKind.None => "none!",
        StackGuardKind.Unmapped => "unmapped",
        StackGuardKind.GrowthGap => $"gap {Size(guard.Size)}",
        StackGuardKind.JavaZones => $"zones {Size(guard.Size)}",
        _ => Size(guard.Size),
    };

    private static string Size(ulong? bytes) => bytes is { } known ? ByteSize.Format(known) : "?";

    private static void WriteAdvice(TextWriter text, IReadOnlyList<ProcessStacks> processes, Terminal terminal)
    {
        var lines = processes
            .SelectMany(p => p.Advice, (process, advice) => (process, advice))
            .OrderBy(a => a.advice.Kind).ThenByDescending(a => a.advice.AddressSpace)
            .Select(a => (a.advice.Kind, Text: processes.Count > 1 ? $"{a.process.Name} ({a.process.ProcessId}): {a.advice.Text}" : a.advice.Text))
            .ToList();
        if (lines.Count == 0)
            return;

        text.WriteLine();
        foreach (var (kind, line) in lines.Take(AdviceLines))
            text.WriteLine(kind == StackAdviceKind.Oversized ? line : terminal.Warn(line));
        if (lines.Count > AdviceLines)
            text.WriteLine(terminal.Dim(string.Create(CultureInfo.InvariantCulture, $"{lines.Count - AdviceLines} more recommendations: --json has them all.")));
    }

    private static void WriteUnreadable(TextWriter text, ProcessStacks process, bool named, Terminal terminal)
    {
        var prefix = named ? $"{process.Name} ({process.ProcessId}): " : "";
        foreach (var line in process.Unreadable.Where(u => u.Cause != UnreadableCause.Running))
            text.WriteLine(terminal.Dim($"{prefix}not readable: {line.Explanation}"));

        var running = process.Unreadable.Count(u => u.Cause == UnreadableCause.Running);
        if (running > 0)
            text.WriteLine(terminal.Dim(string.Create(CultureInfo.InvariantCulture, $"{prefix}{running} running: NOW shows only while a thread waits")));

        foreach (var stack in process.Threads)
        {
            foreach (var note in stack.Notes)
                text.WriteLine(terminal.Dim($"{prefix}{stack.Name} ({stack.ThreadId}): {note}"));
        }
    }
}
