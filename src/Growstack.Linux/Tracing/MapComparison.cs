// Compares a process's map with the kernel's, and takes over what differs.
using System.Globalization;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// The map against /proc/PID/maps: ranges, and protections as far as they are followed. The kernel may split or merge a range where the map does not.
/// </summary>
internal static class MapComparison
{
    /// <summary>Enters one of the kernel's mappings, in place of whatever the map has there.</summary>
    internal static void Enter(VmMap map, in KernelMapping mapping) =>
        Enter(map, mapping.Start, mapping.End, mapping.Protection, mapping.IsFile || mapping.IsKernelOwned, mapping.Shared, mapping.Offset, mapping.Inode);

    /// <summary>Enters a mapping that the kernel has made, in place of whatever the map has there.</summary>
    internal static void Enter(VmMap map, ulong start, ulong end, VmProt protection, bool file, bool shared, ulong offset = 0, ulong number = 0)
    {
        var flags = file && !shared ? VmMapFlags.CopyOnWrite : VmMapFlags.None;
        if (shared)
            flags |= VmMapFlags.InheritShare;
        var backing = file ? new VmObject(VmObjectKind.Vnode, VmPage.Count(end - start) + VmPage.Count(offset), number) : null;
        _ = map.Fixed(backing, file ? offset : 0, start, end - start, protection, VmProt.All, flags | VmMapFlags.NoCharge);
    }

    /// <summary>Says how the map differs from the kernel's, or null when it does not.</summary>
    /// <param name="space">The address space.</param>
    /// <param name="pid">A process that uses it, stopped.</param>
    /// <param name="adopt">Whether the map is to be made equal to the kernel's.</param>
    internal static string? Difference(AddressSpace space, int pid, bool adopt)
    {
        if (KernelMaps.Read(pid) is not { } kernel)
            return null;
        TakeGrowth(space, kernel);
        TakeMappings(space, kernel);
        var ours = Ranges(space.Map);
        string? first = null;
        int i = 0;
        int j = 0;
        ulong at = 0;
        var missing = new List<KernelMapping>();
        var changed = new List<KernelMapping>();
        var extra = new List<(ulong Start, ulong End)>();

        // A sweep over the borders of both lists: each step looks at one range in which neither changes.
        while (i < ours.Count || j < kernel.Count)
        {
            bool inOurs = i < ours.Count && ours[i].Start <= at;
            bool inKernel = j < kernel.Count && kernel[j].Start <= at;
            ulong next = ulong.MaxValue;
            if (i < ours.Count)
                next = Math.Min(next, inOurs ? ours[i].End : ours[i].Start);
            if (j < kernel.Count)
                next = Math.Min(next, inKernel ? kernel[j].End : kernel[j].Start);
            next = space.CallsInFlight.NextBorder(at, next);

            // Of a thread's stack the host has all mapped; what it has not grown into has no access and is the map's gap. So is a skirt.
            var stack = space.FindStack(at);
            if (stack is not null && at < stack.Skirt)
                next = Math.Min(next, stack.Skirt);
            bool same = stack is not null && at < stack.Low && (stack.Kind == StackKind.Thread || at >= stack.Skirt)
                ? next <= stack.Low && (stack.Kind == StackKind.Thread || inKernel)
                : space.CallsInFlight.Touch(at, next) || (inOurs == inKernel && (!inOurs || ours[i].Protection == kernel[j].Protection || !FollowsProtection(space, at)));
            if (!same)
            {
                first ??= Describe(pid, at, next, inOurs ? ours[i].Protection : null, inKernel ? kernel[j].Protection : null);
                if (inKernel)
                    (inOurs ? changed : missing).Add(kernel[j] with { Start = at, End = next, Offset = kernel[j].Offset + (at - kernel[j].Start) });
                else
                    extra.Add((at, next));
            }

            at = next;
            if (i < ours.Count && ours[i].End <= at)
                i++;
            if (j < kernel.Count && kernel[j].End <= at)
                j++;
        }

        if (adopt)
        {
            foreach (var (start, end) in extra)
                _ = space.Map.Remove(start, end);
            foreach (var mapping in missing)
                Enter(space.Map, mapping);

            // A stack stays one that can grow.
            foreach (var mapping in changed)
                _ = space.Map.Protect(mapping.Start, mapping.End, mapping.Protection);
        }

        return first;
    }

    /// <summary>Whether the map's protection there is the kernel's.</summary>
    private static bool FollowsProtection(AddressSpace space, ulong address) =>
        space.FollowsProtections || address is >= ThreadStacks.WindowStart and < ThreadStacks.WindowEnd
        || (address >= AddressSpace.MainStacks && space.FindStack(address) is not null);

    /// <summary>Takes the kernel's word for what is not followed.</summary>
    internal static void TakeUnfollowed(AddressSpace space, int pid)
    {
        if (!space.FollowsProtections && KernelMaps.Read(pid) is { } kernel)
            TakeUnfollowed(space, kernel);
    }

    private static void TakeUnfollowed(AddressSpace space, List<KernelMapping> kernel)
    {
        TakeMappings(space, kernel);
        TakeProtections(space, kernel);
    }

    private static void TakeProtections(AddressSpace space, List<KernelMapping> kernel)
    {
        foreach (var mapping in kernel)
        {
            if (!FollowsProtection(space, mapping.Start))
                _ = space.Map.Protect(mapping.Start, mapping.End, mapping.Protection);
        }
    }

    /// <summary>Enters what the kernel has grown of the program's MAP_GROWSDOWN mappings: no stop tells of that.</summary>
    private static void TakeGrowth(AddressSpace space, List<KernelMapping> kernel)
    {
        for (int i = space.KernelGrown.Count - 1; i >= 0; i--)
        {
            ulong known = space.KernelGrown[i];
            int at = kernel.FindIndex(mapping => mapping.Start <= known && mapping.End > known);
            if (at < 0 || !space.Map.TryLookup(known, out _))
            {
                space.KernelGrown.RemoveAt(i);
            }
            else if (kernel[at].Start < known)
            {
                Enter(space.Map, kernel[at] with { End = known });
                space.KernelGrown[i] = kernel[at].Start;
            }
        }
    }

    /// <summary>Takes over all that is mapped where no stacks lie, unless that is followed.</summary>
    private static void TakeMappings(AddressSpace space, List<KernelMapping> kernel)
    {
        if (space.FollowsMappings)
            return;
        Take(0, ThreadStacks.WindowStart);
        Take(ThreadStacks.WindowEnd, space.MainStack?.Start ?? AddressSpace.UserEnd);
        if (space.MainStack is { } stack)
            Take(stack.End, AddressSpace.UserEnd);

        void Take(ulong start, ulong end)
        {
            _ = space.Map.Remove(start, end);
            foreach (var mapping in kernel)
            {
                ulong from = Math.Max(start, mapping.Start);
                if (from < Math.Min(end, mapping.End))
                    Enter(space.Map, mapping with { Start = from, End = Math.Min(end, mapping.End), Offset = mapping.Offset + (from - mapping.Start) });
            }
        }
    }

    private static List<(ulong Start, ulong End, VmProt Protection)> Ranges(VmMap map)
    {
        var ranges = new List<(ulong Start, ulong End, VmProt Protection)>();
        foreach (var entry in map.Entries)
        {
            if (!entry.IsGuard && !entry.IsGap)
                ranges.Add((entry.Start, entry.End, entry.Protection));
        }

        return ranges;
    }

    private static string Describe(int pid, ulong start, ulong end, VmProt? ours, VmProt? kernel) => string.Create(
        CultureInfo.InvariantCulture,
        $"process {pid}: {start:x}-{end:x} is {Name(ours)} in the map and {Name(kernel)} in the kernel's");

    private static string Name(VmProt? protection) => protection?.ToString() ?? "not mapped";

    /// <summary>The rows of the final map, with the kernel's names for them.</summary>
    internal static List<MappedRange> Snapshot(AddressSpace space, TracedProcess process)
    {
        var kernel = KernelMaps.Read(process.Pid);
        if (kernel is not null)
            TakeUnfollowed(space, kernel);
        kernel ??= [];
        var rows = new List<MappedRange>();
        int j = 0;
        foreach (var entry in space.Map.Entries)
        {
            while (j < kernel.Count && kernel[j].End <= entry.Start)
                j++;
            KernelMapping? named = j < kernel.Count && kernel[j].Start < entry.End ? kernel[j] : null;
            var kind = entry.IsGap ? MappedKind.StackGap
                : entry.IsGuard ? MappedKind.Guard
                : entry.IsStack ? MappedKind.Stack
                : named is { IsKernelOwned: true } ? MappedKind.Kernel
                : entry.Object is { Kind: VmObjectKind.Vnode } ? MappedKind.File
                : MappedKind.Anonymous;
            bool hidden = kind is MappedKind.StackGap or MappedKind.Guard;
            rows.Add(new MappedRange(
                entry.Start,
                entry.End,
                hidden ? VmProt.None : entry.Protection,
                entry.MaxProtection,
                kind,
                (entry.Flags & (VmEntryFlags.GrowsDown | VmEntryFlags.StackGapDown)) != 0,
                (entry.Flags & VmEntryFlags.CopyOnWrite) != 0,
                entry.WiredCount > 0,
                entry.Offset,
                hidden ? null : process.Trampoline.Contains(entry.Start) ? Trampoline.Name : named?.Path));
        }

        return rows;
    }
}
