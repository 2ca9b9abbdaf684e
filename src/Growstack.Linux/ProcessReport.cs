// What is known of one process image after it ended.
using Growstack.Linux.Explaining;
using Growstack.Maps;

namespace Growstack.Linux;

/// <summary>How a process image came to be.</summary>
public enum ImageOrigin
{
    /// <summary>By execve(2): a new program.</summary>
    Exec,

    /// <summary>By fork(2) or its kin: a copy of the parent's image.</summary>
    Fork,
}

/// <summary>How a process image ended.</summary>
public enum ImageEnd
{
    /// <summary>The process exited with <see cref="ProcessReport.ExitStatus"/>.</summary>
    Exited,

    /// <summary>A signal, <see cref="ProcessReport.Signal"/>, ended the process.</summary>
    Signaled,

    /// <summary>The process went on as another program by execve(2); the next report with its pid tells.</summary>
    Replaced,

    /// <summary>The run ended before the process did.</summary>
    Abandoned,
}

/// <summary>One process image: a process from its start, or its last exec, to its end or its next exec.</summary>
public sealed record ProcessReport
{
    /// <summary>The process id.</summary>
    public required int Pid { get; init; }

    /// <summary>The process that created this one; 0 when not known.</summary>
    public int ParentPid { get; init; }

    /// <summary>How the image came to be.</summary>
    public ImageOrigin Origin { get; init; }

    /// <summary>The short name of the command, as in /proc/PID/comm.</summary>
    public required string Command { get; init; }

    /// <summary>The path of the program file, or null when it could not be read.</summary>
    public string? Executable { get; init; }

    /// <summary>How the image ended.</summary>
    public ImageEnd End { get; init; }

    /// <summary>The exit status, 0 to 255, when <see cref="End"/> is <see cref="ImageEnd.Exited"/>.</summary>
    public int ExitStatus { get; init; }

    /// <summary>The signal, when <see cref="End"/> is <see cref="ImageEnd.Signaled"/>; else 0.</summary>
    public int Signal { get; init; }

    /// <summary>
    /// The stacks: the main stack first, then those of threads in the order of their start. Empty when the image's stacks are not
    /// managed; <see cref="Unmanaged"/> then says why. Where there were thousands of threads they are read from a file as they are enumerated.
    /// </summary>
    public IReadOnlyCollection<StackReport> Stacks { get; init; } = [];

    /// <summary>The main stack, or null when it is not managed.</summary>
    public StackReport? MainStack => Stacks.FirstOrDefault() is { Kind: StackKind.Main } main ? main : null;

    /// <summary>Why the stacks of this image are not managed, for instance a 32-bit program; null when they are.</summary>
    public string? Unmanaged { get; init; }

    /// <summary>Whether a call of ptrace(2) was answered EPERM: a process has one tracer, and that is growstack.</summary>
    public bool WasRefusedPtrace { get; init; }

    /// <summary>How many of the threads ran on stacks that were not recognised, and so are not managed.</summary>
    public int UnmanagedThreads { get; init; }

    /// <summary>Every stack overflow of this image, in order; a program that handles SIGSEGV on an alternate stack may have several.</summary>
    public IReadOnlyList<StackOverflow> Overflows { get; init; } = [];

    /// <summary>The overflow that ended the process, or null when it ended otherwise.</summary>
    public StackOverflow? FatalOverflow { get; init; }

    /// <summary>The final map in address order, when <see cref="RunOptions.KeepMaps"/> asked for it; else null.</summary>
    public IReadOnlyList<MappedRange>? FinalMap { get; init; }
}

/// <summary>A stack overflow: an access in a stack's range which no growth could serve.</summary>
/// <param name="Pid">The process.</param>
/// <param name="ThreadId">The thread that made the access.</param>
/// <param name="ThreadName">The thread's name, as in /proc/PID/task/TID/comm.</param>
/// <param name="Stack">Which stack overflowed: the start of its reservation identifies it among <see cref="ProcessReport.Stacks"/>.</param>
/// <param name="FaultAddress">The address that was accessed.</param>
/// <param name="StackPointer">The stack pointer at that time.</param>
/// <param name="InstructionPointer">The instruction that made the access.</param>
/// <param name="BytesBelowLimit">How far below the lowest address that the limit allows the access was, in bytes; 0 when the limit was not what stopped it.</param>
/// <param name="Limit">The stack's limit in bytes at that time.</param>
/// <param name="Reason">What the map answered.</param>
/// <param name="Fatal">Whether it ended the process.</param>
public readonly record struct StackOverflow(
    int Pid,
    int ThreadId,
    string ThreadName,
    ulong Stack,
    ulong FaultAddress,
    ulong StackPointer,
    ulong InstructionPointer,
    ulong BytesBelowLimit,
    ulong Limit,
    KernReturn Reason,
    bool Fatal)
{
    /// <summary>Whether the stack was given room beyond its limit, so that the program went on as if nothing had happened; see <see cref="RunOptions.Reserve"/>.</summary>
    public bool LetThrough { get; init; }

    /// <summary>What could be seen where the thread stood.</summary>
    public OverflowScene? Scene { get; init; }
}
