// Children that stop before it is heard who made them, and those of which that is never heard.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    /// <summary>Children that were killed and have ended before it was heard who made them; of some that is never heard.</summary>
    private readonly Dictionary<int, WaitStatus> _endedUnborn = [];

    /// <summary>Processes, the latest first, of which a thread may have been killed while it made a child, with the image they had.</summary>
    private readonly List<(TracedProcess Creator, ProcessImage Image)> _silenced = [];

    /// <summary>How many children are kept at their first stop until it is heard who made them.</summary>
    private int _unborn;

    /// <summary>
    /// A child stops before the event that tells who made it has been heard: it is kept until then. One that stands at its exit has been killed, most often
    /// together with whoever made it, and then that event never comes: it goes on to its end.
    /// </summary>
    private void AwaitBirth(Tracee child, WaitStatus status)
    {
        child.Exiting = status.Event == Ptrace.EventExit;
        Hold(child, !child.Exiting);
        if (child.Exiting)
            _ = _placement.Continue(child.Tid);
    }

    private void Hold(Tracee child, bool hold)
    {
        if (child.HeldAtStart == hold)
            return;
        child.HeldAtStart = hold;
        _unborn += hold ? 1 : -1;
        if (!hold)
            return;
        foreach (var (creator, image) in _silenced)
        {
            if (child.HeldAtStart)
                Bear(child, creator, image);
        }
    }

    /// <summary>
    /// A process has ended, or is another program now: whoever was killed in it while making a child tells of that child no more. The children that wait
    /// for it go on as its own; also one that is still on its way to its first stop.
    /// </summary>
    private void BearUnborn(TracedProcess creator, ProcessImage image, bool killed)
    {
        const int mostSilenced = 8;
        if (!killed && !image.HadThreads)
            return;
        if (_silenced.Count == mostSilenced)
            _silenced.RemoveAt(mostSilenced - 1);
        _silenced.Insert(0, (creator, image));
        if (_unborn == 0)
            return;
        foreach (var child in _tracees.Values.Where(tracee => tracee is { HeldAtStart: true, Process: null }).ToArray())
            Bear(child, creator, image);
    }

    /// <summary>Lets a child that is kept go on as the child of a process that does not tell of it any more, if it is that one's.</summary>
    private void Bear(Tracee child, TracedProcess creator, ProcessImage image)
    {
        // A thread dies with its process.
        if (ProcessState.IsThread(child.Tid) || IsAwaitedFrom(child.Tid, creator) || !IsCopyOf(image, child.Tid) || !Ptrace.GetRegisters(child.Tid, out var registers))
            return;

        // The child has the registers with which it was made.
        ulong flags = CloneCall.Flags(child.Tid, Ptrace.EventFork, registers);
        AddChild(child, creator, ChildImage(creator, image, child.Tid, (flags & CloneFlag.SharedMemory) != 0 && image.Borrowed));
        if (child.Process!.Image is { Borrowed: false, Space: { } space })
            _ = MapComparison.Difference(space, child.Tid, adopt: true);
        Hold(child, false);
        GoOn(child);
    }

    /// <summary>Whether a child's parent is another process than the one that has ended, and may still tell that it has made the child.</summary>
    private bool IsAwaitedFrom(int child, TracedProcess ended) =>
        ProcessState.Parent(child) is var parent && parent != ended.Pid && _processes.ContainsKey(parent) && ProcessState.MayBeForking(parent);

    /// <summary>Whether a process's memory is what an image's was: its main stack lies at the same random place.</summary>
    private static bool IsCopyOf(ProcessImage image, int pid) => image.Space?.MainStack is { } stack
        ? KernelMaps.Read(pid)?.Exists(mapping => mapping.End == stack.End) == true
        : ProcessNames.Executable(pid) == image.Executable;
}
