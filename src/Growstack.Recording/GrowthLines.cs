// The lines of a recording that say how stacks grew: growths, their call chains, peaks and overflows.
namespace Growstack.Recording;

/// <summary>The map grew a stack.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Stack">The stack.</param>
/// <param name="Tid">The thread that touched it.</param>
/// <param name="Address">The address it touched.</param>
/// <param name="From">The lowest mapped address before.</param>
/// <param name="To">The lowest mapped address after.</param>
/// <param name="Chain">The call chain that led there, or null if it is not known.</param>
public readonly record struct GrowthLine(long At, int Stack, int Tid, ulong Address, ulong From, ulong To, int? Chain)
{
    /// <summary>Bytes by which the stack grew.</summary>
    public ulong Bytes => From - To;
}

/// <summary>A function as it appears in call chains; written before its first use.</summary>
/// <param name="Frame">Its identifier, unique in the file.</param>
/// <param name="Function">The function's name, or an address in hex where no name is known.</param>
/// <param name="Module">The program or library that it is in, or null.</param>
/// <param name="File">Its source file, or null.</param>
/// <param name="Line">The line in <paramref name="File"/>, from 1, or null.</param>
public readonly record struct FrameLine(int Frame, string Function, string? Module, string? File, int? Line);

/// <summary>A call chain; written before its first use.</summary>
/// <param name="Chain">Its identifier, unique in the file.</param>
/// <param name="Frames">The innermost frames' identifiers, innermost first.</param>
/// <param name="More">How many frames are left out after <paramref name="Frames"/>.</param>
/// <param name="Outer">The outermost frames, after those left out, innermost first.</param>
/// <param name="Sizes">Bytes of stack that each frame takes: those of <paramref name="Frames"/>, then those of <paramref name="Outer"/>; or empty.</param>
public readonly record struct ChainLine(
    int Chain,
    ReadOnlyMemory<int> Frames,
    long More = 0,
    ReadOnlyMemory<int> Outer = default,
    ReadOnlyMemory<ulong> Sizes = default);

/// <summary>A stack overflowed.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Stack">The stack.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Tid">The thread that overflowed it.</param>
/// <param name="Address">The address that it touched.</param>
/// <param name="Instruction">The address of the instruction that did.</param>
/// <param name="Below">How far below the limit the address lies, in bytes.</param>
/// <param name="Limit">The limit, in bytes, or <see cref="RecordingFormat.Unlimited"/>.</param>
/// <param name="LimitFrom">In words, where the limit comes from.</param>
/// <param name="Chain">The call chain, or null if it is not known.</param>
/// <param name="Explanation">The lines that were printed.</param>
public readonly record struct OverflowLine(
    long At,
    int Stack,
    int Pid,
    int Tid,
    ulong Address,
    ulong Instruction,
    ulong Below,
    ulong Limit,
    string LimitFrom,
    int? Chain,
    IReadOnlyList<string> Explanation);

/// <summary>A stack's thread, or its process, ended.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Stack">The stack.</param>
/// <param name="Tid">The thread that ran on it.</param>
/// <param name="Bytes">The deepest use, to the page.</param>
/// <param name="Growths">How often it grew.</param>
/// <param name="Mapped">Bytes mapped in the end.</param>
public readonly record struct PeakLine(long At, int Stack, int Tid, ulong Bytes, long Growths, ulong Mapped);
