// The one sentence a reader wants first.
namespace Growstack.Recording;

/// <summary>How a run went for its stacks.</summary>
internal enum VerdictKind
{
    /// <summary>All stacks stayed well within their limits.</summary>
    Fine,

    /// <summary>A stack came close to its limit.</summary>
    Near,

    /// <summary>A stack overflowed, or went past its limit.</summary>
    Overflow,
}

/// <summary>A headline and the sentence that follows it.</summary>
internal sealed record Verdict(VerdictKind Kind, string Headline, string Detail)
{
    /// <summary>Judges a run.</summary>
    public static Verdict Of(RecordedRun run)
    {
        if (run.StacksByRisk().FirstOrDefault() is not { } worst)
        {
            const string reason = "The program ended before a stack came under management, or the recording was cut short.";
            return new Verdict(VerdictKind.Fine, "No stack was recorded", reason);
        }

        if (worst.Overflow is { } overflow)
            return Overflowed(run, worst, overflow);

        var used = $"It used {Units.Size(worst.Used)} of {Units.Size(worst.Room)}{From(worst.Line.LimitFrom)}, {Units.Share(worst.Share)}.";
        if (worst.Share > 1)
        {
            var needs = $"It needs {Units.Size(worst.Used)}, and has {Units.Size(worst.Room)}{From(worst.Line.LimitFrom)}.";
            return new Verdict(VerdictKind.Overflow, $"{Subject(worst)} needs more stack than it has", needs);
        }

        return worst.Share >= StackAdvice.NearShare
            ? new Verdict(VerdictKind.Near, $"No stack overflowed, but {worst.Title} came close", used)
            : new Verdict(VerdictKind.Fine, "No stack overflowed", $"Closest to its limit was {worst.Title}. {used}");
    }

    private static Verdict Overflowed(RecordedRun run, RecordedStack stack, in OverflowLine overflow)
    {
        var others = run.Stacks.Count(s => s.Overflow is not null) - 1;
        var more = others > 0 ? $" {Units.Count(others, "other stack")} overflowed too." : "";
        return new Verdict(
            VerdictKind.Overflow,
            $"{Subject(stack)} overflowed its stack",
            $"It went {Units.Size(overflow.Below)} past its limit of {Units.Size(overflow.Limit)}{From(overflow.LimitFrom)}, "
            + $"{Units.Time(overflow.At)} after the start.{more}");
    }

    private static string From(string limitFrom) => limitFrom.Length > 0 ? $" ({limitFrom})" : "";

    private static string Subject(RecordedStack stack) =>
        stack.Line.Kind == StackKind.Main ? $"The main thread of {stack.Process.Name}"
        : stack.ThreadName.Length > 0 ? $"Thread {stack.Title}"
        : $"Thread {stack.Line.Tid}";
}
