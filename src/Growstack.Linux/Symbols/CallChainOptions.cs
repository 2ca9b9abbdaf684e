// How much of a call chain is wanted.
namespace Growstack.Linux.Symbols;

/// <summary>What a call chain may cost.</summary>
public sealed record CallChainOptions
{
    /// <summary>Everything there is, in at most two seconds: for a stack overflow.</summary>
    public static CallChainOptions Full { get; } = new();

    /// <summary>The innermost frames without source lines: for each growth of a recording.</summary>
    public static CallChainOptions Brief { get; } = new() { MostFrames = 64, WithLines = false };

    /// <summary>Stop after this many frames.</summary>
    public long MostFrames { get; init; } = long.MaxValue;

    /// <summary>Stop following frames after this time; names and lines come on top.</summary>
    public TimeSpan MostTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Look up source files and lines, which reads debug information.</summary>
    public bool WithLines { get; init; } = true;

    /// <summary>
    /// The stack's end, its highest address, if it is known. It allows the outermost frames to be found, and the number of those between to
    /// be estimated, when the chain is too long to be followed.
    /// </summary>
    public ulong? StackEnd { get; init; }
}
