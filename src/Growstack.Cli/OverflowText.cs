// Stack overflows in the summary: what happened, why, and what to do.
using System.Globalization;
using Growstack.Linux;
using Growstack.Linux.Explaining;

namespace Growstack.Cli;

/// <summary>Prints the explanations of a process's stack overflows.</summary>
internal static class OverflowText
{
    /// <summary>Overflows that a program handles are normal to it: the first is explained, these many are named.</summary>
    private const int MostNamed = 5;

    /// <summary>Prints a block for the overflow that ended the process and for the first one that did not, and a line for others.</summary>
    public static void Write(TextWriter writer, ProcessReport process, Terminal terminal)
    {
        int named = 0;
        for (int i = 0; i < process.Overflows.Count; i++)
        {
            var overflow = process.Overflows[i];
            if (overflow.Fatal && process.Overflows.Take(i).Any(earlier => earlier.LetThrough && earlier.Stack == overflow.Stack))
                writer.WriteLine(terminal.Dim($"  {OverflowExplanation.Outcome(process, overflow)}"));
            else if (overflow.Fatal || overflow.LetThrough || i == 0)
                WriteBlock(writer, process, overflow, terminal);
            else if (named++ < MostNamed)
                writer.WriteLine(terminal.Warn($"growstack: another stack overflow in {process.Command} ({process.Pid}), thread '{overflow.ThreadName}' ({overflow.ThreadId}), was handled"));
        }

        if (named > MostNamed)
        {
            writer.WriteLine(terminal.Warn(string.Create(CultureInfo.InvariantCulture,
                $"growstack: {named - MostNamed} more stack overflows in {process.Command} ({process.Pid}) were handled: --json has them all")));
        }
    }

    private static void WriteBlock(TextWriter writer, ProcessReport process, in StackOverflow overflow, Terminal terminal)
    {
        var lines = OverflowExplanation.Lines(overflow, process.Command, OverflowExplanation.Used(process, overflow));
        writer.WriteLine();
        writer.WriteLine(terminal.Alarm($"growstack: {lines[0]}"));
        foreach (string line in lines.Skip(1))
            writer.WriteLine(line);
        string outcome = $"  {OverflowExplanation.Outcome(process, overflow)}";
        writer.WriteLine(overflow.LetThrough ? terminal.Strong(outcome) : terminal.Dim(outcome));
    }
}
