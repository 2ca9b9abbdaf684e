// A call chain as it is handed out: folded, with sizes and source lines where they are known.
namespace Growstack.Linux.Symbols;

/// <summary>The calls that led to where a thread stands. The innermost call comes first.</summary>
/// <param name="Parts">The chain, with recursion folded.</param>
/// <param name="FrameCount">How many calls the chain has, folded ones counted one by one.</param>
/// <param name="Estimate">How <paramref name="FrameCount"/> was estimated; null if every frame was counted.</param>
/// <param name="End">Where the chain ends, and why.</param>
/// <param name="LargestFrames">The functions with the largest frames, the largest first.</param>
/// <param name="StrippedModules">Files in the chain that do not name their functions, each once.</param>
public sealed record CallChain(
    IReadOnlyList<CallChainPart> Parts,
    long FrameCount,
    string? Estimate,
    CallChainEnd End,
    IReadOnlyList<FrameSize> LargestFrames,
    IReadOnlyList<string> StrippedModules);

/// <summary>Why a chain ends where it does.</summary>
public enum CallChainEnd
{
    /// <summary>At the outermost frame: the thread's start.</summary>
    Complete,

    /// <summary>At the number of frames that was asked for.</summary>
    FrameLimit,

    /// <summary>When the time allowed was over.</summary>
    TimeLimit,

    /// <summary>Where the next frame could not be found: no unwinding tables, or a damaged stack.</summary>
    Lost,
}

/// <summary>A piece of a chain.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Frames">
/// A single frame; or the frames of a cycle, the innermost first, as they were first seen; or, for a mixture, one frame of each function,
/// the most frequent first.
/// </param>
/// <param name="Repetitions">How often the frames follow each other; 1 unless it is a cycle.</param>
/// <param name="FrameCount">How many frames it stands for.</param>
/// <param name="Bytes">The stack they take, in bytes.</param>
public sealed record CallChainPart(CallChainPartKind Kind, IReadOnlyList<CallFrame> Frames, long Repetitions, long FrameCount, ulong Bytes);

/// <summary>What a piece of a chain holds.</summary>
public enum CallChainPartKind
{
    /// <summary>One frame.</summary>
    Frame,

    /// <summary>Frames that repeat in the same order: recursion.</summary>
    Cycle,

    /// <summary>Many frames in no fixed order, told by function.</summary>
    Mixture,

    /// <summary>Frames that were not looked at; <see cref="CallChainPart.FrameCount"/> is an estimate.</summary>
    Gap,
}

/// <summary>One call.</summary>
public sealed record CallFrame
{
    /// <summary>The instruction the frame stands at, or for a caller the one after the call.</summary>
    public required ulong Address { get; init; }

    /// <summary>The function, demangled where that is possible; null in a file that does not name it.</summary>
    public string? Function { get; init; }

    /// <summary>The file the code is in; null for code that was made at run time.</summary>
    public string? Module { get; init; }

    /// <summary>The distance from the function's start or, without one, the module's, in bytes.</summary>
    public ulong Offset { get; init; }

    /// <summary>The source file, where debug information exists.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line in it; 0 if it is not known.</summary>
    public int Line { get; init; }

    /// <summary>The frame's size in bytes, return address included.</summary>
    public ulong Size { get; init; }

    /// <summary>How many frames of its part are this function's.</summary>
    public long Count { get; init; } = 1;

    /// <summary>
    /// The frame inside this one has no unwinding tables and keeps no frame pointer: this return address was found by searching the stack
    /// for one that follows a call. Frames between may be missing.
    /// </summary>
    public bool IsGuessed { get; init; }

    /// <summary>The kernel made the frame to deliver a signal.</summary>
    public bool IsSignal { get; init; }

    /// <summary>The function's name, or where the code lies for want of it.</summary>
    public string Label => Function ?? (Module is null ? $"0x{Address:x}" : $"{Path.GetFileName(Module)}+0x{Offset:x}");
}

/// <summary>How much stack the frames of a function take.</summary>
/// <param name="Function">The function's name, or where the code lies.</param>
/// <param name="Module">The file it is in, or null.</param>
/// <param name="Largest">Its largest frame, in bytes.</param>
/// <param name="Total">All of its frames, in bytes.</param>
/// <param name="Count">How many frames it has in the chain.</param>
public sealed record FrameSize(string Function, string? Module, ulong Largest, ulong Total, long Count);
