// The lines of a recording that describe the program: what started, what was announced, how it ended.
namespace Growstack.Recording;

/// <summary>What all recordings of this version have in common.</summary>
public static class RecordingFormat
{
    /// <summary>The version of the format that is written, and the newest that is read.</summary>
    public const int Version = 1;

    /// <summary>The size that stands for "no limit"; <c>null</c> in the file.</summary>
    public const ulong Unlimited = ulong.MaxValue;
}

/// <summary>How a process, or a program in a process, came to be.</summary>
public enum ProcessOrigin
{
    /// <summary>The program that growstack started.</summary>
    Start,

    /// <summary>A child made by fork(2), or by clone(2) without shared memory.</summary>
    Fork,

    /// <summary>A child made by vfork(2): it uses its parent's memory until it runs a program.</summary>
    VFork,

    /// <summary>The same process with a new program, by execve(2).</summary>
    Exec,
}

/// <summary>Whose stack a stack is.</summary>
public enum StackKind
{
    /// <summary>The process stack, which the kernel made.</summary>
    Main,

    /// <summary>A thread's stack, which a library made.</summary>
    Thread,
}

/// <summary>Which resource limit a line speaks of.</summary>
public enum LimitedResource
{
    /// <summary>RLIMIT_STACK, or the size of a single stack.</summary>
    Stack,

    /// <summary>The size of the address space.</summary>
    VirtualMemory,

    /// <summary>Locked memory.</summary>
    LockedMemory,
}

/// <summary>What a piece of an address map is.</summary>
public enum MapEntryKind
{
    /// <summary>The mapped part of a stack.</summary>
    Stack,

    /// <summary>The part of a stack that is reserved, not yet grown.</summary>
    Gap,

    /// <summary>Pages that must never be touched.</summary>
    Guard,

    /// <summary>Memory without a file.</summary>
    Anonymous,

    /// <summary>A mapped file.</summary>
    File,
}

/// <summary>The first line.</summary>
/// <param name="Version">The format's version.</param>
/// <param name="Growstack">The version of the growstack that recorded.</param>
/// <param name="Time">When the recording started.</param>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Release">Whose rules the stacks followed: <c>freebsd10</c> or <c>freebsd12</c>.</param>
/// <param name="GrowthSize">sgrowsiz, in bytes.</param>
/// <param name="GuardPages">Guard pages below each stack.</param>
/// <param name="PageSize">Bytes in a page.</param>
/// <param name="Options">The options that were given, with their values as typed.</param>
public readonly record struct StartLine(
    int Version,
    string Growstack,
    DateTimeOffset Time,
    IReadOnlyList<string> Command,
    string Release,
    ulong GrowthSize,
    int GuardPages,
    int PageSize,
    IReadOnlyList<KeyValuePair<string, string>> Options);

/// <summary>A process begins, or begins a new program.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Pid">The process.</param>
/// <param name="Parent">Its parent; 0 for the first.</param>
/// <param name="Command">The program and its arguments.</param>
/// <param name="How">How it came to be.</param>
public readonly record struct ProcessLine(long At, int Pid, int Parent, IReadOnlyList<string> Command, ProcessOrigin How);

/// <summary>A thread begins, or changes its name.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Tid">The thread.</param>
/// <param name="Name">Its name; may be empty.</param>
public readonly record struct ThreadLine(long At, int Pid, int Tid, string Name);

/// <summary>A stack comes under management. A stack that another thread takes over later is announced again, under a new identifier.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Stack">The stack's identifier, unique in the file.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Tid">The thread that runs on it.</param>
/// <param name="Kind">Whose stack it is.</param>
/// <param name="Role">The runtime that made a thread's stack (<c>glibc</c>, <c>musl</c>, <c>jvm</c>, <c>dotnet</c>, <c>node</c>, <c>go</c>), or empty.</param>
/// <param name="Low">The lowest address of the reservation, guard included.</param>
/// <param name="High">One past the highest address.</param>
/// <param name="Guard">Bytes of guard at the low end.</param>
/// <param name="Mapped">Bytes mapped so far, counted from the top.</param>
/// <param name="Limit">The most it may grow to, in bytes, or <see cref="RecordingFormat.Unlimited"/>.</param>
/// <param name="LimitFrom">In words, where the limit comes from.</param>
public readonly record struct StackLine(
    long At,
    int Stack,
    int Pid,
    int Tid,
    StackKind Kind,
    string Role,
    ulong Low,
    ulong High,
    ulong Guard,
    ulong Mapped,
    ulong Limit,
    string LimitFrom);

/// <summary>A resource limit changed.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Pid">The process whose limit it is.</param>
/// <param name="Stack">The one stack that it concerns; null for the whole process.</param>
/// <param name="What">The resource.</param>
/// <param name="Bytes">The new limit, or <see cref="RecordingFormat.Unlimited"/>.</param>
public readonly record struct LimitLine(long At, int Pid, int? Stack, LimitedResource What, ulong Bytes);

/// <summary>A piece of an address map.</summary>
/// <param name="Start">Its lowest address.</param>
/// <param name="End">One past its highest address.</param>
/// <param name="Protection">As in <c>/proc/PID/maps</c>: <c>rwx</c>, with <c>-</c> for what is missing.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">A file's path, a thread's name, or empty.</param>
public readonly record struct MapEntryLine(ulong Start, ulong End, string Protection, MapEntryKind Kind, string Name);

/// <summary>A process's address map, as it was when the process ended.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Pid">The process.</param>
/// <param name="Entries">The pieces, in ascending order.</param>
public readonly record struct MapLine(long At, int Pid, IReadOnlyList<MapEntryLine> Entries);

/// <summary>A process ended.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="Pid">The process.</param>
/// <param name="Status">Its exit status; null if a signal killed it.</param>
/// <param name="Signal">The signal that killed it, such as <c>SIGSEGV</c>; null if none did.</param>
public readonly record struct ExitLine(long At, int Pid, int? Status, string? Signal);

/// <summary>The last line of a recording that was not cut short.</summary>
/// <param name="At">Microseconds since the recording started.</param>
/// <param name="ExitCode">The exit code growstack passed on.</param>
public readonly record struct EndLine(long At, int ExitCode);
