// An address map for a process whose own was not recorded: what its stacks say.
namespace Growstack.Recording;

/// <summary>Makes a map of stacks only.</summary>
internal static class StackMap
{
    /// <summary>Guard, gap and mapped part of each of a process's stacks, in ascending order. Of two in one place the later counts.</summary>
    public static IReadOnlyList<MapEntryLine> Of(RecordedRun run, RecordedProcess process)
    {
        var places = new SortedDictionary<ulong, RecordedStack>();
        foreach (var stack in run.Stacks)
        {
            if (stack.Process == process)
                places[stack.Line.Low] = stack;
        }

        var entries = new List<MapEntryLine>();
        var end = 0UL;
        foreach (var stack in places.Values)
        {
            var (low, high) = (stack.Line.Low, stack.Line.High);
            if (low < end)
                continue;

            end = high;
            var mapped = high - Math.Min(stack.Mapped, high - low);
            var guard = Math.Min(low + stack.Line.Guard, mapped);
            Add(low, guard, MapEntryKind.Guard, "---");
            Add(guard, mapped, MapEntryKind.Gap, "---");
            Add(mapped, high, MapEntryKind.Stack, "rw-");

            void Add(ulong from, ulong to, MapEntryKind kind, string protection)
            {
                if (from < to)
                    entries.Add(new MapEntryLine(from, to, protection, kind, stack.Title));
            }
        }

        return entries;
    }
}
