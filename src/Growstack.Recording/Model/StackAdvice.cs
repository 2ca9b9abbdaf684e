// Which stacks are too small for comfort, and which are far larger than they need be.
using System.Numerics;

namespace Growstack.Recording;

/// <summary>What a piece of advice is about.</summary>
public enum AdviceKind
{
    /// <summary>A stack came close to its limit, or went past it under <c>--explain</c>.</summary>
    NearLimit,

    /// <summary>Stacks are far larger than was ever used.</summary>
    Oversized,
}

/// <summary>A recommendation.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Stacks">The stacks concerned, the deepest first.</param>
/// <param name="Used">The deepest use among them, in bytes.</param>
/// <param name="Room">What each of them may use now, in bytes.</param>
/// <param name="Suggested">What would do with room to spare, in bytes.</param>
public sealed record StackAdvice(AdviceKind Kind, IReadOnlyList<RecordedStack> Stacks, ulong Used, ulong Room, ulong Suggested)
{
    /// <summary>A stack that used this share of its limit, or more, is close to it.</summary>
    public const double NearShare = 0.8;

    /// <summary>Stacks that used less than this share are far larger than they need be.</summary>
    private const double OversizedShare = 1.0 / 8;

    private const ulong Smallest = 64 << 10;

    /// <summary>The recommendation in words.</summary>
    public string Text => Kind == AdviceKind.NearLimit ? NearText() : OversizedText();

    /// <summary>Looks through all stacks of a run. Those that overflowed are not repeated here.</summary>
    public static IReadOnlyList<StackAdvice> For(RecordedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var near = run.Stacks
            .Where(s => s.Overflow is null && s.Share >= NearShare)
            .OrderByDescending(s => s.Share)
            .Select(s => new StackAdvice(AdviceKind.NearLimit, [s], s.Used, s.Room, Suggest(s.Used)));

        // The main stack's limit reserves nothing that anyone would miss; threads' stacks are sized by the program.
        var oversized = run.Stacks
            .Where(s => s.Line.Kind == StackKind.Thread)
            .GroupBy(s => (s.Process.Name, s.Room, s.Line.Role, s.Line.LimitFrom))
            .Select(g => g.OrderByDescending(s => s.Used).ToList())
            .Select(g => new StackAdvice(AdviceKind.Oversized, g, g[0].Used, g[0].Room, Suggest(g[0].Used)))
            .Where(a => a.Stacks[0].Share < OversizedShare && a.Suggested <= a.Room / 4)
            .OrderByDescending(a => (a.Room - a.Suggested) * (ulong)a.Stacks.Count);

        return [.. near, .. oversized];
    }

    /// <summary>Twice what was used, rounded up to a power of two.</summary>
    private static ulong Suggest(ulong used) => Math.Max(Smallest, BitOperations.RoundUpToPowerOf2(Math.Max(1, used) * 2));

    private string NearText()
    {
        var stack = Stacks[0];
        var from = stack.Line.LimitFrom.Length > 0 ? $" ({stack.Line.LimitFrom})" : "";
        var verb = Used > Room ? "needs" : "used";
        return $"{stack.Title} {verb} {Units.Size(Used)} of its {Units.Size(Room)}{from}, {Units.Share(stack.Share)}. "
            + $"{Units.Size(Suggested)} would leave room.";
    }

    private string OversizedText()
    {
        var saved = (Room - Suggested) * (ulong)Stacks.Count;
        var who = Stacks.Count == 1
            ? $"{Stacks[0].Title} has a stack of {Units.Size(Room)}"
            : $"{Units.Count(Stacks.Count, "thread")} of {Stacks[0].Process.Name} have stacks of {Units.Size(Room)} each";
        return $"{who}; the deepest use was {Units.Size(Used)}. "
            + $"{Units.Size(Suggested)} would do, and reserve {Units.Size(saved)} less address space.";
    }
}
