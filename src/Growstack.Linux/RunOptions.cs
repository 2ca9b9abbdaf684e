// What a traced run is asked to do.
using Growstack.Maps;

namespace Growstack.Linux;

/// <summary>What to run, and on what stacks. Sizes are in bytes and are rounded up to whole pages.</summary>
public sealed record RunOptions
{
    /// <summary>
    /// The program and its arguments, as execve(2) gets them. A program without a slash is looked for in the PATH of
    /// <see cref="Environment"/>. Must not be empty.
    /// </summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>
    /// The same words as raw bytes without the final zero, where they are known: Linux arguments need not be valid UTF-8. Takes the
    /// place of <see cref="Command"/> in execve(2). <see cref="OwnCommandLine"/> reads them for a command line program.
    /// </summary>
    public IReadOnlyList<byte[]>? RawCommand { get; init; }

    /// <summary>The program's environment; null passes this process's environment on, byte for byte.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>
    /// The main stacks' limit. Null: the soft RLIMIT_STACK of this process. A value becomes the program's soft RLIMIT_STACK, as
    /// <c>ulimit -s</c> would make it, <see cref="ulong.MaxValue"/> for none; above the hard limit this needs CAP_SYS_RESOURCE, and without it the run fails before anything starts.
    /// </summary>
    public ulong? StackLimit { get; init; }

    /// <summary>Whose stack behaviour: 12 guards its stacks, 10 is what vm_map_stack(9) describes.</summary>
    public VmRelease Release { get; init; } = VmRelease.FreeBsd12;

    /// <summary>sgrowsiz: what is mapped of a new stack, and the unit in which stacks grow. At least one page; default 128 KiB.</summary>
    public ulong StackGrowthSize { get; init; } = 128 * 1024;

    /// <summary>Guard pages kept below each stack; null takes the release's default (one in release 12). 0 to 65536.</summary>
    public int? GuardPages { get; init; }

    /// <summary>RLIMIT_VMEM of each process's map: a mapping that would pass it answers ENOMEM. Null: no limit.</summary>
    public ulong? VmemLimit { get; init; }

    /// <summary>
    /// Whether a stack that must grow grows at least twofold, up to 8 MiB a step and never past a limit; one of a megabyte or more that is used page by page
    /// may grow by a quarter of itself instead, and gets that quarter's pages at once. False: by <see cref="StackGrowthSize"/> a step, exactly as the kernel
    /// whose map this is would.
    /// </summary>
    public bool GeometricGrowth { get; init; } = true;

    /// <summary>
    /// How far a stack may go on below its limit. Its first step beyond is noted as an overflow that was let through
    /// (<see cref="StackOverflow.LetThrough"/>), and the program goes on, so that its peak tells what it would have needed. Null: a stack ends at its limit.
    /// </summary>
    public ulong? Reserve { get; init; }

    /// <summary>
    /// The size of every thread's stack whose mapping is recognised and managed, in place of the size it was made with; null leaves that. What the C
    /// library and pthread_getattr_np(3) say of the stack stays as it was. Stacks into which a runtime puts guards of its own, as the JVM does, can
    /// only be made smaller.
    /// </summary>
    public ulong? ThreadStackSize { get; init; }

    /// <summary>Whether each process report carries its final map.</summary>
    public bool KeepMaps { get; init; }

    /// <summary>
    /// Whether all memory is followed, and the map compared with the kernel's at every exec, fork and exit; a difference ends the run as
    /// <see cref="RunStatus.Failed"/>. Protections are compared where the map follows them: in stacks, and everywhere once a thread runs on a stack that the
    /// program placed itself. Without this, <see cref="VmemLimit"/>, <see cref="Reserve"/> and <see cref="ThreadStackSize"/>, a program is stopped only by
    /// what may concern a stack, and what else is mapped is taken from the kernel when it is wanted.
    /// </summary>
    public bool Verify { get; init; }

    /// <summary>Whether every mapping of a program is followed from its start.</summary>
    internal bool FollowsAllMemory => Verify || VmemLimit is not null || Reserve is not null || ThreadStackSize is not null;

    /// <summary>
    /// Whether the program is to start with SIGPIPE ignored, as some supervisors want it; else it has the default action. .NET ignores the signal in
    /// this process, so that what it was started with cannot be seen any more.
    /// </summary>
    public bool IgnoreBrokenPipe { get; init; }

    /// <summary>
    /// Whether SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 that other processes send to this one go to the program while it runs. A command wants
    /// this; a host that runs other things beside does not. Signals of the terminal reach the program by themselves.
    /// </summary>
    public bool ForwardSignals { get; init; }

    /// <summary>
    /// Whether the calling thread traces; else a thread of its own does. A command wants this, for it starts sooner. Children that this thread has started, or
    /// that the process had from its start, are reaped should they end meanwhile.
    /// </summary>
    public bool OnCallingThread { get; init; }
}
