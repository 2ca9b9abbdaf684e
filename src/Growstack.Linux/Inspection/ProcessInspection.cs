// One inspection of one process, from its files in /proc to the finished answer.
using System.Globalization;

namespace Growstack.Linux.Inspection;

/// <summary>Inspects one process once.</summary>
internal sealed class ProcessInspection(ProcFs proc, int pid)
{
    private const int MostRereads = 3;
    private const ulong HugePage = 2 << 20;

    private readonly List<Unreadable> _unreadable = [];
    private readonly AccessDiagnosis _diagnosis = new(proc, pid);

    /// <summary>Collects, places and measures every thread's stack.</summary>
    public ProcessStacks Run()
    {
        var name = ProcessFinder.NameOf(proc, pid);
        if (ProcFs.ReadText(proc.PathOf(pid, "status"), out var status) != ProcError.None)
        {
            _unreadable.Add(new Unreadable(StackFact.Existence, UnreadableCause.Vanished, null,
                string.Create(CultureInfo.InvariantCulture, $"there is no process {pid}")));
            return new ProcessStacks(pid, name, ProcessRuntime.None, null, [], [], _unreadable);
        }

        var limit = ReadLimit();
        var inContainer = ThreadProbes.StatusField(status, "NSpid").Contains('\t');
        var threads = ThreadProbes.ReadAll(proc, pid, inContainer);
        var regions = ReadRegions(threads, out var alive);
        if (regions is null)
            return Answer(name, ProcessRuntime.None, limit, [.. threads.Select(t => new ThreadStack { ThreadId = t.ThreadId, Name = t.Name, StackPointer = t.StackPointer })]);

        // Threads that started after the map was read have stacks it does not show.
        for (var i = 0; i < MostRereads && threads.Any(t => IsMissing(regions, t)); i++)
        {
            regions = ReadRegions(threads, out alive) ?? regions;
            threads = ThreadProbes.ReadAll(proc, pid, inContainer);
        }

        var runtime = RuntimeDetector.Detect(regions);
        var stacks = Measure(threads, regions, runtime, limit, alive);
        ReportStackPointers(threads);
        return Answer(name, runtime, limit, stacks);
    }

    private ProcessStacks Answer(string name, ProcessRuntime runtime, ulong? limit, List<ThreadStack> stacks)
    {
        stacks.Sort((a, b) => (b.Risk, b.UsedFraction ?? -1, -b.ThreadId).CompareTo((a.Risk, a.UsedFraction ?? -1, -a.ThreadId)));
        return new ProcessStacks(pid, name, runtime, limit, stacks, StackAdvisor.Advise(stacks, runtime), _unreadable);
    }

    private List<ThreadStack> Measure(List<ThreadProbe> threads, RegionMap regions, ProcessRuntime runtime, ulong? limit, int alive)
    {
        using var pages = PageMap.Open(proc, pid, alive, out var pagesError);
        if (pages is null)
            _unreadable.Add(_diagnosis.Explain(StackFact.TouchedPages, pagesError, needsAttach: false, "touched pages"));

        using var descriptors = ThreadDescriptorReader.Open(proc, pid, alive, out var memoryError);
        if (descriptors is null && threads.Count > 1)
            _unreadable.Add(_diagnosis.Explain(StackFact.ThreadDescriptor, memoryError, needsAttach: true, "the C library's records of its threads' stacks"));

        var locator = new StackLocator(regions, runtime, threads);
        var mainLocator = new MainStackLocator(proc, regions, limit);
        var smaps = new Lazy<Dictionary<ulong, SmapsEntry>>(() => Smaps.Read(proc, pid, alive));
        var stacks = new List<ThreadStack>(threads.Count);
        foreach (var thread in threads)
        {
            var descriptor = thread.ThreadId == pid || descriptors is null ? null : ReadDescriptor(descriptors, thread, regions, pages);
            if (descriptor is { Library: ProcessRuntime.Musl })
                runtime |= ProcessRuntime.Musl;
            var place = thread.ThreadId == pid ? mainLocator.Locate(pid, thread) : locator.Locate(thread, descriptor);
            stacks.Add(Touched(Describe(thread, place), place, regions, pages, smaps));
        }

        return stacks;
    }

    private static ThreadDescriptor? ReadDescriptor(ThreadDescriptorReader reader, in ThreadProbe thread, RegionMap regions, PageMap? pages)
    {
        if (thread.RobustList != 0 && reader.ReadGlibc(thread.RobustList, thread.OwnId, pages) is { } glibc)
            return glibc;

        return pages is not null && thread.StackPointer is { } sp && regions.Find(sp) is { CanBeStack: true } region
            ? reader.ReadMusl(sp, region.End, thread.OwnId, pages)
            : null;
    }

    private static ThreadStack Describe(in ThreadProbe thread, StackPlace place) => new()
    {
        ThreadId = thread.ThreadId,
        Name = thread.Name,
        Origin = place.Origin,
        Certainty = place.Certainty,
        Start = place.Start,
        End = place.End,
        StackPointer = thread.StackPointer,
        OnOtherStack = place.OnOtherStack,
        Guard = place.Guard,
        Limit = place.Limit,
        Notes = place.Notes,
    };

    private static ThreadStack Touched(ThreadStack stack, StackPlace place, RegionMap regions, PageMap? pages, Lazy<Dictionary<ulong, SmapsEntry>> smaps)
    {
        if (place.End is not { } end || place.ScanStart == 0)
            return stack;

        if (pages?.Scan(place.ScanStart, end) is not { } touched)
            return FromSmaps(stack, place, regions, smaps);

        if (touched.GuardEnd > touched.GuardStart)
        {
            // Guard pages inside the mapping bound a stack whose lower end was not known, and confirm one that was.
            stack = stack with
            {
                Start = touched.GuardEnd,
                Certainty = stack.Certainty == StackCertainty.Unknown ? StackCertainty.Layout : stack.Certainty,
                Guard = new StackGuard(StackGuardKind.GuardPages, touched.GuardEnd - touched.GuardStart),
            };
        }

        // Without a lower end the lowest touched page may be another stack's.
        if (stack.Start is null)
            return stack;

        stack = stack with { DeepestPage = touched.Lowest, Resident = touched.Bytes, TouchedSource = TouchedSource.PageMap };
        var mayBeHuge = touched.Lowest % HugePage == 0 && touched.Bytes >= HugePage;
        return mayBeHuge && regions.Find(end - 1) is { } region && smaps.Value.GetValueOrDefault(region.Start).HugePages > 0
            ? stack with { Notes = [.. stack.Notes, "backed by huge pages: the deepest page is rounded down to 2 MiB"] }
            : stack;
    }

    // Only where the mapping holds nothing but the stack: its size in memory is then the stack's.
    private static ThreadStack FromSmaps(ThreadStack stack, StackPlace place, RegionMap regions, Lazy<Dictionary<ulong, SmapsEntry>> smaps)
    {
        if (place.End is not { } end || regions.Find(end - 1) is not { } region || region.End != end
            || region.Start < place.ScanStart || !smaps.Value.TryGetValue(region.Start, out var entry))
            return stack;

        return stack with
        {
            DeepestPage = entry.Resident == 0 ? null : end - Math.Min(entry.Resident, end - region.Start),
            Resident = entry.Resident,
            TouchedSource = TouchedSource.ResidentSize,
            Notes = [.. stack.Notes, "the deepest page is estimated from the memory in use"],
        };
    }

    private ulong? ReadLimit()
    {
        var error = ProcFs.ReadText(proc.PathOf(pid, "limits"), out var limits);
        if (error != ProcError.None)
            _unreadable.Add(_diagnosis.Explain(StackFact.Limits, error, needsAttach: false, "limits"));
        return MainStackLocator.ReadLimit(limits);
    }

    // A main thread that ended before its siblings has no map any more; the siblings still show it.
    private RegionMap? ReadRegions(List<ThreadProbe> threads, out int alive)
    {
        alive = pid;
        var error = ProcError.Gone;
        foreach (var thread in threads)
        {
            error = ProcFs.ReadText(proc.PathOf(pid, thread.ThreadId, "maps"), out var text);
            if (error == ProcError.None && text.Length > 0)
            {
                alive = thread.ThreadId;
                return RegionMap.Parse(text);
            }

            if (error == ProcError.Denied)
                break;
        }

        _unreadable.Add(error == ProcError.None
            ? new Unreadable(StackFact.AddressMap, UnreadableCause.NoAddressSpace, null,
                string.Create(CultureInfo.InvariantCulture, $"process {pid} has no address space: a kernel thread, or it has ended"))
            : _diagnosis.Explain(StackFact.AddressMap, error, needsAttach: false, "mappings"));
        return null;
    }

    private static bool IsMissing(RegionMap regions, in ThreadProbe thread) =>
        (thread.StackPointer is { } sp && regions.IndexOf(sp) < 0) || (thread.RobustList != 0 && regions.IndexOf(thread.RobustList) < 0);

    // One sentence for all threads a permission is missing for; one for each that was merely running.
    private void ReportStackPointers(List<ThreadProbe> threads)
    {
        foreach (var error in threads.Select(t => t.StackPointerError).Where(e => e != ProcError.None).Distinct())
            _unreadable.Add(_diagnosis.Explain(StackFact.StackPointer, error, needsAttach: true, "stack pointers"));

        foreach (var thread in threads.Where(t => t.IsRunning))
        {
            _unreadable.Add(new Unreadable(StackFact.StackPointer, UnreadableCause.Running, thread.ThreadId,
                string.Create(CultureInfo.InvariantCulture, $"stack pointer of thread {thread.ThreadId}: it is running; its stack pointer shows only while it waits")));
        }
    }
}
