// A recommendation about one or more stacks.
namespace Growstack.Linux.Inspection;

/// <summary>A recommendation that follows from what was measured.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="ThreadIds">The threads concerned.</param>
/// <param name="AddressSpace">The bytes of address space their stacks take.</param>
/// <param name="Resident">The bytes of them in memory or swap: only touched pages cost RAM.</param>
/// <param name="SuggestedSize">A stack size in bytes that would hold what was used with reserve, or null.</param>
/// <param name="Text">The recommendation for a person, without a final line break.</param>
public sealed record StackAdvice(
    StackAdviceKind Kind, IReadOnlyList<int> ThreadIds, ulong AddressSpace, ulong Resident, ulong? SuggestedSize, string Text);

/// <summary>What a recommendation is about.</summary>
public enum StackAdviceKind
{
    /// <summary>A stack was used to 70% or more.</summary>
    CloseToLimit,

    /// <summary>A stack has no guard.</summary>
    NoGuard,

    /// <summary>Stacks are many times larger than was ever used.</summary>
    Oversized,
}
