// One traced process: its threads and its current image.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>One traced process. Touched by the tracer's thread only.</summary>
internal sealed class TracedProcess(int pid, int parentPid)
{
    internal int Pid { get; } = pid;

    internal int ParentPid { get; } = parentPid;

    /// <summary>How many of its threads are traced, the first included until its end is reported.</summary>
    internal int Threads { get; set; }

    /// <summary>The current program image; null before the first exec of the run.</summary>
    internal ProcessImage? Image { get; set; }

    /// <summary>Where the tracer's code is in its memory; none where <see cref="Trampoline.Base"/> is 0.</summary>
    internal Trampoline Trampoline => Image?.Space?.Trampoline ?? default;

    /// <summary>The action of SIGSEGV as the program last set it; the default where it did not.</summary>
    internal KernelAction SegvAction { get; set; }

    /// <summary>Whether it has the filter that stops it at every mapping and every change of protection. Never taken back.</summary>
    internal bool FollowsProtections { get; set; }

    /// <summary>Whether it may have a seccomp filter of its own, which could refuse a call that the tracer has rewritten. Never taken back.</summary>
    internal bool OwnFilter { get; set; }
}
