// Decides which part of which mapping is a thread's stack, and how sure that is.
using Growstack.Maps;

namespace Growstack.Linux.Inspection;

/// <summary>Where a thread's stack lies. What is null is not known.</summary>
internal sealed record StackPlace
{
    public StackOrigin Origin { get; init; }

    public StackCertainty Certainty { get; init; }

    public ulong? Start { get; init; }

    public ulong? End { get; init; }

    /// <summary>From here to <see cref="End"/> the pages are looked at: they may belong to the stack.</summary>
    public ulong ScanStart { get; init; }

    public StackGuard Guard { get; init; }

    public bool OnOtherStack { get; init; }

    public ulong? Limit { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>
/// Finds the stacks of threads other than the main one. In falling order of trust: the C library's record of the block; the place of the
/// thread's descriptor (at the top of its stack) with the guards around it; the stack pointer and the guards around it.
/// </summary>
/// <param name="regions">The mappings.</param>
/// <param name="runtime">What runs in the process.</param>
/// <param name="threads">All threads, for neighbours in one mapping bound each other.</param>
internal sealed class StackLocator(RegionMap regions, ProcessRuntime runtime, IReadOnlyList<ThreadProbe> threads)
{
    private const ulong GoArenaStart = 0xc0_0000_0000;
    private const ulong GoArenaEnd = 0xe0_0000_0000;

    private readonly ulong _page = (ulong)Environment.SystemPageSize;

    /// <summary>Places a thread's stack.</summary>
    public StackPlace Locate(in ThreadProbe thread, ThreadDescriptor? descriptor)
    {
        var place = descriptor is { } d ? FromDescriptor(d)
            : thread.RobustList != 0 ? FromDescriptorAddress(thread.RobustList)
            : thread.StackPointer is { } sp ? FromStackPointer(sp)
            : new StackPlace { Notes = ["neither its stack pointer nor its descriptor could be read"] };

        return thread.StackPointer is { } pointer && place.End is { } end && (pointer < place.ScanStart || pointer > end)
            ? place with { OnOtherStack = true, Notes = [.. place.Notes, "runs on another stack now: a signal stack or a coroutine's"] }
            : place;
    }

    private StackPlace FromDescriptor(ThreadDescriptor descriptor)
    {
        var (block, end) = (descriptor.Block, RoundUp(descriptor.Block + descriptor.Size));
        var lowest = regions.Find(block);
        var place = new StackPlace
        {
            Origin = StackOrigin.Pthread,
            Certainty = StackCertainty.Recorded,
            Start = block + descriptor.Guard,
            ScanStart = block,
            End = end,
        };

        if (lowest is { IsGuard: true } zones && zones.End < end && descriptor.Guard == 0 && descriptor.Library == ProcessRuntime.Glibc)
        {
            // The library set no guard: the program, here usually HotSpot, has put its own into the stack.
            var java = (runtime & ProcessRuntime.Java) != 0;
            return place with
            {
                Origin = java ? StackOrigin.Java : StackOrigin.Pthread,
                Start = zones.End,
                Guard = new StackGuard(java ? StackGuardKind.JavaZones : StackGuardKind.Protected, zones.End - block),
            };
        }

        if (lowest is { IsGuard: true } guard && guard.End < end)
            return place with { Start = guard.End, Guard = new StackGuard(StackGuardKind.Protected, guard.End - block) };

        return descriptor.Guard > 0
            ? place with { Guard = new StackGuard(StackGuardKind.GuardPages, descriptor.Guard) }
            : place with { Guard = GuardBelow(block) };
    }

    // The descriptor's page is the stack's highest page in every glibc layout with thread-local storage aligned to at most a page.
    private StackPlace FromDescriptorAddress(ulong descriptor)
    {
        if (regions.Find(descriptor) is not { CanBeStack: true } region)
            return new StackPlace { Notes = ["its descriptor lies in no memory that could be a stack"] };

        var floor = region.Start;
        foreach (var other in threads)
        {
            if (other.RobustList >= region.Start && other.RobustList < descriptor)
                floor = Math.Max(floor, RoundUp(other.RobustList));
        }

        return Bounded(region, floor, StackOrigin.Pthread) with { End = Math.Min(RoundUp(descriptor), region.End) };
    }

    private StackPlace FromStackPointer(ulong stackPointer)
    {
        if (regions.Find(stackPointer) is not { CanBeStack: true } region)
            return new StackPlace { Notes = ["its stack pointer lies in no memory that could be a stack"] };

        var isGo = region.Name.Contains("Go:", StringComparison.Ordinal)
            || ((runtime & ProcessRuntime.Go) != 0 && stackPointer is >= GoArenaStart and < GoArenaEnd);
        if (isGo)
            return new StackPlace { Origin = StackOrigin.Go, Notes = ["in Go's heap: Go moves such a stack when it grows"] };

        var shared = threads.Any(t => t.StackPointer != stackPointer && t.StackPointer >= region.Start && t.StackPointer < region.End);
        if (shared || region.Name == MapRegion.MainStackName)
            return new StackPlace { ScanStart = region.Start, Notes = ["several stacks share its mapping, and nothing tells them apart"] };

        // Whatever was mapped directly above may have merged with the stack, so that its end is not known.
        return Bounded(region, region.Start, StackOrigin.Unknown) with { Certainty = StackCertainty.Unknown };
    }

    // A stack whose lower end is the mapping's only if a guard lies there; a neighbour's end is none, for unused blocks may lie between.
    private StackPlace Bounded(MapRegion region, ulong floor, StackOrigin kind)
    {
        var below = regions.Below(region.Start);
        if (floor != region.Start || below is not { IsGuard: true } guard || guard.End != region.Start)
            return new StackPlace { Origin = kind, ScanStart = floor };

        var java = (runtime & ProcessRuntime.Java) != 0 && kind == StackOrigin.Pthread && guard.End - guard.Start > _page;
        return new StackPlace
        {
            Origin = java ? StackOrigin.Java : kind,
            Certainty = StackCertainty.Layout,
            Start = region.Start,
            ScanStart = region.Start,
            Guard = new StackGuard(java ? StackGuardKind.JavaZones : StackGuardKind.Protected, guard.End - guard.Start),
        };
    }

    private StackGuard GuardBelow(ulong block)
    {
        if (regions.Find(block - 1) is not { } below)
            return new StackGuard(StackGuardKind.Unmapped, 0);
        return (below.Protection & VmProt.Write) != 0
            ? new StackGuard(StackGuardKind.None, 0)
            : new StackGuard(StackGuardKind.Protected, below.End - below.Start);
    }

    private ulong RoundUp(ulong address) => (address + _page - 1) & ~(_page - 1);
}
