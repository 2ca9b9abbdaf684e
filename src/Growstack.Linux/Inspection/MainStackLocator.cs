// The process's own stack: what is mapped now, and how far the limit and the neighbours let it grow.
using System.Globalization;

namespace Growstack.Linux.Inspection;

/// <summary>Finds the main thread's stack.</summary>
/// <param name="proc">The proc file system.</param>
/// <param name="regions">The mappings.</param>
/// <param name="limit">The soft RLIMIT_STACK in bytes; <see cref="ulong.MaxValue"/> for unlimited, null if unknown.</param>
internal sealed class MainStackLocator(ProcFs proc, RegionMap regions, ulong? limit)
{
    private const int StatStartStack = 28;
    private const ulong DefaultGapPages = 256;

    /// <summary>Places the main stack.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="main">Its main thread.</param>
    public StackPlace Locate(int pid, in ThreadProbe main)
    {
        if (Find(pid, main) is not { } region)
            return new StackPlace { Origin = StackOrigin.Main, Limit = limit, Notes = ["its mapping was not found"] };

        var notes = new List<string>();
        var gap = GuardGap();
        var page = (ulong)Environment.SystemPageSize;
        ulong? byLimit = limit switch
        {
            null => null,
            { } bytes when bytes < region.End => (region.End - bytes + page - 1) & ~(page - 1),
            _ => 0UL,
        };

        // A mapping without access needs no distance: it is a guard itself.
        var byNeighbour = regions.Below(region.Start) is { } below ? below.End + (below.IsGuard ? 0 : gap) : 0;
        var start = byLimit is { } lowest ? Math.Min(Math.Max(lowest, byNeighbour), region.Start) : (ulong?)null;
        if (byLimit is > 0 && byNeighbour > byLimit)
            notes.Add("a mapping below leaves it less room than its limit");

        var onOther = main.StackPointer is { } sp && (sp < region.Start || sp > region.End);
        if (onOther)
            notes.Add("runs on another stack now: a signal stack or a coroutine's");

        return new StackPlace
        {
            Origin = StackOrigin.Main,
            Certainty = start is null ? StackCertainty.Unknown : StackCertainty.Recorded,
            Start = start,
            End = region.End,
            ScanStart = region.Start,
            Guard = new StackGuard(StackGuardKind.GrowthGap, gap),
            OnOtherStack = onOther,
            Limit = limit,
            Notes = notes,
        };
    }

    /// <summary>The soft RLIMIT_STACK in the text of /proc/PID/limits.</summary>
    public static ulong? ReadLimit(string limits)
    {
        const string Key = "Max stack size";
        foreach (var line in limits.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(Key))
                continue;

            var soft = line[Key.Length..].Trim();
            soft = soft[..Math.Max(soft.IndexOf(' '), 0)];
            if (soft is "unlimited")
                return ulong.MaxValue;
            return ulong.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
        }

        return null;
    }

    private MapRegion? Find(int pid, in ThreadProbe main)
    {
        foreach (var region in regions.Regions)
        {
            if (region.Name == MapRegion.MainStackName)
                return region;
        }

        var start = ThreadProbes.StatField(proc, pid, main.ThreadId, StatStartStack);
        return start == 0 ? null : regions.Find(start);
    }

    // The gap is a boot parameter in pages; nothing else shows it.
    private ulong GuardGap()
    {
        const string Parameter = "stack_guard_gap=";
        ProcFs.ReadText(proc.PathOf("cmdline"), out var line);
        var at = line.IndexOf(Parameter, StringComparison.Ordinal);
        var value = at < 0 ? "" : line[(at + Parameter.Length)..].Split(' ', '\n')[0];
        return (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var pages) ? pages : DefaultGapPages)
            * (ulong)Environment.SystemPageSize;
    }
}
