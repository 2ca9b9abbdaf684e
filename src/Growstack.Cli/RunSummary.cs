// The summary that run prints when the program has ended: the stacks, and every overflow.
using System.Globalization;
using Growstack.Linux;
using Growstack.Linux.Inspection;

namespace Growstack.Cli;

/// <summary>Writes a run's result for a person.</summary>
internal static class RunSummary
{
    private const int AdviceLines = 6;

    /// <summary>Prints the tables of stacks, then what is worth knowing about single ones.</summary>
    public static void Write(TextWriter writer, RunResult result, Terminal terminal, bool allThreads)
    {
        if (result.Processes.Count == 0)
            return;

        var table = new TextTable(
            new("PID", Right: true), new("COMMAND"), new("PEAK", Right: true), new("MAPPED", Right: true), new("LIMIT", Right: true),
            new("GROWTHS", Right: true), new("HEADROOM", Right: true), new("END"));
        foreach (var process in result.Processes.Where(p => p.MainStack is not null))
            Add(table, process, process.MainStack!, terminal);
        var threads = new ThreadStackTable(allThreads);
        foreach (var process in result.Processes)
            threads.Add(process, terminal);

        writer.WriteLine(terminal.Strong("growstack: main stacks"));
        table.Write(writer, terminal.Dim);
        threads.Write(writer, terminal);
        foreach (var process in result.Processes)
        {
            if (process.Unmanaged is { } reason)
                writer.WriteLine(terminal.Warn($"growstack: {process.Command} ({process.Pid}): stacks not managed: {reason}"));
            if (process.WasRefusedPtrace)
                writer.WriteLine(terminal.Warn($"growstack: {process.Command} ({process.Pid}): ptrace(2) was answered EPERM, because growstack traces the program already."));
            if (process.UnmanagedThreads > 0)
                writer.WriteLine(terminal.Warn($"growstack: {process.Command} ({process.Pid}): {Unmanaged(process)}"));
            OverflowText.Write(writer, process, terminal);
        }

        WriteAdvice(writer, result, terminal);
    }

    // Once for processes that are alike: a build runs the same compiler a thousand times.
    private static void WriteAdvice(TextWriter writer, RunResult result, Terminal terminal)
    {
        var advice = result.Processes
            .SelectMany(RunAdvice.For, (process, advice) => (process, advice))
            .OrderBy(a => a.advice.Kind)
            .DistinctBy(a => (a.process.Command, a.advice.Kind, a.advice.SuggestedSize))
            .ToList();
        foreach (var (process, about) in advice.Take(AdviceLines))
        {
            string line = $"growstack: {process.Command} ({process.Pid}): {about.Text}";
            writer.WriteLine(about.Kind == StackAdviceKind.Oversized ? terminal.Dim(line) : terminal.Warn(line));
        }

        if (advice.Count > AdviceLines)
            writer.WriteLine(terminal.Dim(string.Create(CultureInfo.InvariantCulture, $"growstack: {advice.Count - AdviceLines} more recommendations: --json has them all")));
    }

    /// <summary>How a process image ended, in a word or two.</summary>
    public static string Ending(ProcessReport process) => process.End switch
    {
        ImageEnd.Exited => string.Create(CultureInfo.InvariantCulture, $"exit {process.ExitStatus}"),
        ImageEnd.Signaled => SignalNames.Of(process.Signal),
        ImageEnd.Replaced => "exec",
        _ => "abandoned",
    };

    private static string Unmanaged(ProcessReport process)
    {
        var threads = process.UnmanagedThreads;
        var who = threads == 1 ? "1 thread ran" : string.Create(CultureInfo.InvariantCulture, $"{threads} threads ran");
        var measured = process.Stacks.Count(stack => !stack.IsManaged);
        var how = measured == 0 ? "" : measured == threads ? $"; measured only ({ThreadStackTable.OnlyMeasured})" : $"; those marked {ThreadStackTable.OnlyMeasured} could be measured";
        return $"{who} on memory of the program's own, which growstack does not grow{how}.";
    }

    private static void Add(TextTable table, ProcessReport process, StackReport stack, Terminal terminal)
    {
        table.Add(
            StackCells.Style(stack, process.FatalOverflow is { } fatal && fatal.ThreadId == process.Pid, terminal),
            process.Pid.ToString(CultureInfo.InvariantCulture),
            process.Command,
            StackCells.Peak(stack),
            ByteSize.Format(stack.MappedBytes),
            ByteSize.Format(stack.LimitBytes),
            stack.Growths.ToString(CultureInfo.InvariantCulture),
            StackCells.Headroom(stack),
            Ending(process));
    }
}
