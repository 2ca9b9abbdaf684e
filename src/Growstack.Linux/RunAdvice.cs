// What a run teaches about the sizes of its stacks.
using System.Globalization;
using Growstack.Linux.Explaining;
using Growstack.Linux.Inspection;

namespace Growstack.Linux;

/// <summary>Recommendations that follow from what a run measured.</summary>
public static class RunAdvice
{
    private const double CloseShare = 0.7;

    /// <summary>Less address space than this nobody misses.</summary>
    private const ulong LeastSpace = 64 << 20;

    /// <summary>
    /// Stacks that came close to their limits, the closest first, and then threads whose stacks are many times larger than any of them ever used. Threads that
    /// overflowed are left out: the explanation has advice of its own; and where something overflowed, what is too large is beside the point.
    /// </summary>
    /// <param name="process">A process, at its end.</param>
    public static IReadOnlyList<StackAdvice> For(ProcessReport process)
    {
        ArgumentNullException.ThrowIfNull(process);
        var close = process.Stacks
            .Where(stack => !process.Overflows.Any(overflow => overflow.ThreadId == stack.ThreadId))
            .Where(stack => stack.PeakIsExact && stack.LimitBytes < long.MaxValue && stack.PeakBytes >= CloseShare * stack.LimitBytes)
            .OrderByDescending(stack => (double)stack.PeakBytes / stack.LimitBytes)
            .Select(Close);
        var oversized = process.Stacks
            .Where(stack => stack is { Kind: StackKind.Thread, IsManaged: true, PeakBytes: > 0 } && stack.LimitBytes >= StackAdvisor.SmallestWorthMentioning)
            .GroupBy(stack => stack.LimitBytes)
            .Where(group => group.Max(stack => stack.PeakBytes) <= group.Key / StackAdvisor.OversizedFactor && group.Key * (ulong)group.Count() >= LeastSpace)
            .OrderByDescending(group => group.Key * (ulong)group.Count())
            .Select(group => Oversized([.. group]));
        return process.Overflows.Count > 0 ? [.. close] : [.. close, .. oversized];
    }

    private static StackAdvice Close(StackReport stack)
    {
        ulong suggested = StackAdvisor.Suggest(stack.PeakBytes);
        string how = stack.Kind == StackKind.Main
            ? string.Create(CultureInfo.InvariantCulture, $"ulimit -s {suggested >> 10}")
            : "pthread_attr_setstacksize, or what its runtime has for that";
        string who = stack.Kind == StackKind.Main ? "the main stack" : $"thread '{stack.ThreadName}' ({stack.ThreadId})";
        return new StackAdvice(StackAdviceKind.CloseToLimit, [stack.ThreadId], stack.LimitBytes, stack.PeakBytes, suggested,
            $"{who} used {Figures.Bytes(stack.PeakBytes)} of its {Figures.Bytes(stack.LimitBytes)}: give it {Figures.Bytes(suggested)} ({how})");
    }

    private static StackAdvice Oversized(List<StackReport> stacks)
    {
        ulong size = stacks[0].LimitBytes, most = stacks.Max(stack => stack.PeakBytes), suggested = StackAdvisor.Suggest(most);
        ulong space = size * (ulong)stacks.Count, touched = stacks.Aggregate(0UL, (sum, stack) => sum + stack.PeakBytes);
        string who = stacks.Count == 1
            ? $"thread '{stacks[0].ThreadName}' ({stacks[0].ThreadId}) had {Figures.Bytes(size)} of stack"
            : $"{Figures.Count(stacks.Count)} threads ({StackAdvisor.Names(stacks.Select(stack => stack.ThreadName))}) had {Figures.Bytes(size)} of stack each";
        return new StackAdvice(StackAdviceKind.Oversized, [.. stacks.Select(stack => stack.ThreadId)], space, touched, suggested,
            $"{who} and never used more than {Figures.Bytes(most)}: {Figures.Bytes(space)} of address space in all, of which {Figures.Bytes(touched)} cost memory; "
            + $"{Figures.Bytes(suggested)} would do (to try: --thread-stack {Figures.Option(suggested)})");
    }
}
