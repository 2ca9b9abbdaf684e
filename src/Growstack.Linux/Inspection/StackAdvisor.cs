// What to do about what was measured.
using System.Globalization;
using System.Numerics;
using Growstack.Linux.Explaining;

namespace Growstack.Linux.Inspection;

/// <summary>Derives recommendations from measured stacks.</summary>
internal static class StackAdvisor
{
    internal const ulong SmallestWorthMentioning = 1 << 20;
    internal const ulong OversizedFactor = 16;
    private const ulong SmallestSuggestion = 128 << 10;

    /// <summary>Recommendations, the most urgent first.</summary>
    public static IReadOnlyList<StackAdvice> Advise(IReadOnlyList<ThreadStack> stacks, ProcessRuntime runtime) =>
    [
        .. stacks.Where(s => s.Risk >= StackRisk.Elevated).Select(s => Close(s, runtime)),
        .. Unguarded(stacks),
        .. Oversized(stacks, runtime),
    ];

    private static StackAdvice Close(ThreadStack stack, ProcessRuntime runtime)
    {
        var (size, used) = (stack.Size.GetValueOrDefault(), stack.HighWater.GetValueOrDefault());
        var suggested = Suggest(used);
        return new StackAdvice(StackAdviceKind.CloseToLimit, [stack.ThreadId], size, stack.Resident ?? used, suggested, string.Create(CultureInfo.InvariantCulture,
            $"thread '{stack.Name}' ({stack.ThreadId}) has used {Bytes(used)} of its {Bytes(size)}: give it {Bytes(suggested)} ({HowTo(stack, runtime, suggested)})"));
    }

    private static IEnumerable<StackAdvice> Unguarded(IReadOnlyList<ThreadStack> stacks)
    {
        var unguarded = stacks.Where(s => s.Guard.Kind == StackGuardKind.None).ToList();
        if (unguarded.Count == 0)
            yield break;

        yield return new StackAdvice(StackAdviceKind.NoGuard, Ids(unguarded), Sum(unguarded, s => s.Size), Sum(unguarded, s => s.Resident), null,
            $"{Count(unguarded)} no guard: an overflow would overwrite the memory below without a fault");
    }

    // Threads of one size are advised together: a pool is configured in one place.
    private static IEnumerable<StackAdvice> Oversized(IReadOnlyList<ThreadStack> stacks, ProcessRuntime runtime)
    {
        var groups = stacks
            .Where(s => s is { Origin: not StackOrigin.Main, Size: >= SmallestWorthMentioning, HighWater: > 0 })
            .GroupBy(s => s.Size.GetValueOrDefault())
            .OrderByDescending(g => g.Key * (ulong)g.Count());
        foreach (var group in groups)
        {
            var most = group.Max(s => s.HighWater.GetValueOrDefault());
            if (most > group.Key / OversizedFactor)
                continue;

            var members = group.ToList();
            var (space, resident, suggested) = (Sum(members, s => s.Size), Sum(members, s => s.Resident), Suggest(most));
            yield return new StackAdvice(StackAdviceKind.Oversized, Ids(members), space, resident, suggested, string.Create(CultureInfo.InvariantCulture,
                $"{Count(members)} {Bytes(group.Key)} of stack{(members.Count > 1 ? " each" : "")} and never used more than {Bytes(most)}: that takes {Bytes(space)} of address space, though only the {Bytes(resident)} touched cost memory; {Bytes(suggested)} would do ({HowTo(members[0], runtime, suggested)})"));
        }
    }

    /// <summary>The next power of two that holds what was used and half as much again.</summary>
    internal static ulong Suggest(ulong used) => Math.Max(SmallestSuggestion, BitOperations.RoundUpToPowerOf2(used + used / 2));

    private static string HowTo(ThreadStack stack, ProcessRuntime runtime, ulong size)
    {
        var kilobytes = (size / 1024).ToString(CultureInfo.InvariantCulture);
        return stack.Origin switch
        {
            StackOrigin.Main => $"ulimit -s {kilobytes}",
            StackOrigin.Java => $"-Xss{kilobytes}k",
            _ when (runtime & ProcessRuntime.DotNet) != 0 => $"new Thread(start, maxStackSize), or DOTNET_Thread_DefaultStackSize={size:x}",
            _ when (runtime & ProcessRuntime.Java) != 0 => $"-XX:VMThreadStackSize={kilobytes}",
            _ when (runtime & ProcessRuntime.OpenMP) != 0 => $"OMP_STACKSIZE={kilobytes}K, or pthread_attr_setstacksize",
            _ when (runtime & ProcessRuntime.Python) != 0 => $"threading.stack_size({size})",
            _ when (runtime & ProcessRuntime.Musl) != 0 => $"pthread_attr_setstacksize, or link with -Wl,-z,stack-size={size}",
            _ => "pthread_attr_setstacksize; Rust: RUST_MIN_STACK",
        };
    }

    private static string Count(List<ThreadStack> stacks) =>
        stacks.Count == 1
            ? string.Create(CultureInfo.InvariantCulture, $"thread '{stacks[0].Name}' ({stacks[0].ThreadId}) has")
            : string.Create(CultureInfo.InvariantCulture, $"{stacks.Count} threads ({Names(stacks.Select(s => s.Name))}) have");

    /// <summary>The first few of some names, each once.</summary>
    internal static string Names(IEnumerable<string> threads)
    {
        const int Shown = 3;
        var names = threads.Distinct().ToList();
        return string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", …" : "");
    }

    private static int[] Ids(List<ThreadStack> stacks) => [.. stacks.Select(s => s.ThreadId)];

    private static ulong Sum(List<ThreadStack> stacks, Func<ThreadStack, ulong?> value) =>
        stacks.Aggregate(0UL, (sum, stack) => sum + value(stack).GetValueOrDefault());

    private static string Bytes(ulong bytes) => Figures.Bytes(bytes);
}
