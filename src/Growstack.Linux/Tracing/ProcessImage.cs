// One program image of a process, from exec or fork to exec or end.
using Growstack.Linux.Native;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Tracing;

/// <summary>One process image and what its report will say. Touched by the tracer's thread only.</summary>
internal sealed class ProcessImage(int pid, int parentPid, ImageOrigin origin, AddressSpace? space) : IDisposable
{
    private CallChainReader? _chains;

    internal int Pid { get; } = pid;

    internal int ParentPid { get; } = parentPid;

    internal ImageOrigin Origin { get; } = origin;

    /// <summary>The address space; null when the image's stacks are not managed.</summary>
    internal AddressSpace? Space { get; } = space;

    /// <summary>Whether the address space is borrowed from the parent, as in a vfork child: such an image has no report of its own.</summary>
    internal bool Borrowed { get; init; }

    internal string? Unmanaged { get; init; }

    internal bool WasRefusedPtrace { get; set; }

    internal string Command { get; set; } = "";

    internal string? Executable { get; set; }

    /// <summary>The threads but the first, in the order of their start.</summary>
    internal List<ThreadRecord> Threads { get; } = [];

    internal List<StackOverflow> Overflows { get; } = [];

    internal IReadOnlyList<MappedRange>? FinalMap { get; set; }

    /// <summary>Reads call chains of its threads while they stand still; opened at its first use. Null where call chains cannot be read.</summary>
    internal CallChainReader? Chains => _chains ??= CallChainReader.Open(Pid);

    /// <summary>Index of the report in the run's list.</summary>
    internal int ReportIndex { get; set; } = -1;

    /// <summary>Builds the report.</summary>
    internal ProcessReport Report(ImageEnd end = ImageEnd.Abandoned, int exitStatus = 0, int signal = 0)
    {
        var stacks = new List<StackReport>();
        if (Space is not null)
        {
            ulong limit = Space.StackLimit;
            if (Space.MainStack is { } main)
                stacks.Add(main.Report(Command, limit));
            foreach (var thread in Threads)
            {
                if (thread.Report() is { } report)
                    stacks.Add(report);
            }
        }

        StackOverflow? fatal = null;
        if (end == ImageEnd.Signaled && signal == Signal.SEGV && Overflows.FindLastIndex(overflow => !overflow.LetThrough) is >= 0 and var last)
        {
            fatal = Overflows[last] with { Fatal = true };
            Overflows[last] = fatal.Value;
        }

        return new ProcessReport
        {
            Pid = Pid,
            ParentPid = ParentPid,
            Origin = Origin,
            Command = Command,
            Executable = Executable,
            End = end,
            ExitStatus = exitStatus,
            Signal = signal,
            Stacks = stacks,
            Unmanaged = Unmanaged,
            WasRefusedPtrace = WasRefusedPtrace,
            UnmanagedThreads = Threads.Count(thread => !thread.IsManaged),
            Overflows = [.. Overflows],
            FatalOverflow = fatal,
            FinalMap = FinalMap,
        };
    }

    /// <summary>Forgets the image's symbols. Its report can still be asked for.</summary>
    public void Dispose()
    {
        _chains?.Dispose();
        _chains = null;
    }
}
