// The digests h and hm of a map's content.
using System.Text;
using Growstack.Maps;

namespace Growstack.Traces;

/// <summary>The two hashes by which a trace records a map's content.</summary>
/// <param name="Exact"><c>h</c>: every entry as it is.</param>
/// <param name="Merged"><c>hm</c>: whatever the split into entries, as far as neighbours agree.</param>
public readonly record struct StateDigest(ulong Exact, ulong Merged)
{
    private const ulong OffsetBasis = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    /// <summary>The digest of a map as it is now.</summary>
    public static StateDigest Of(VmMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Of(map.Entries);
    }

    /// <summary>The digest of entries in address order.</summary>
    public static StateDigest Of(IReadOnlyList<VmEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var line = new StringBuilder();
        var exact = OffsetBasis;
        var merged = OffsetBasis;
        VmEntry run = default;
        foreach (var entry in entries)
        {
            TraceText.AppendEntry(line, entry);
            exact = HashLine(exact, line);
            if (run.End != 0 && Continues(run, entry))
            {
                run = run with { End = entry.End };
                continue;
            }
            merged = HashRun(merged, run, line);
            run = entry;
        }
        return new StateDigest(exact, HashRun(merged, run, line));
    }

    /// <summary>FNV-1a 64 of a text of ASCII characters.</summary>
    public static ulong Fnv1a(ReadOnlySpan<char> text, ulong hash = OffsetBasis)
    {
        foreach (var c in text)
            hash = unchecked((hash ^ (byte)c) * Prime);
        return hash;
    }

    private static bool Continues(in VmEntry run, in VmEntry entry) =>
        run.End == entry.Start
        && run.Protection == entry.Protection
        && run.MaxProtection == entry.MaxProtection
        && run.Inheritance == entry.Inheritance
        && run.WiredCount == entry.WiredCount
        && ((run.Flags ^ entry.Flags) & TraceText.MergedFlags) == 0;

    private static ulong HashRun(ulong hash, in VmEntry run, StringBuilder line)
    {
        if (run.End == 0)
            return hash;
        TraceText.AppendHead(line, run, run.Flags & TraceText.MergedFlags);
        return HashLine(hash, line);
    }

    private static ulong HashLine(ulong hash, StringBuilder line)
    {
        line.Append('\n');
        foreach (var chunk in line.GetChunks())
            hash = Fnv1a(chunk.Span, hash);
        line.Clear();
        return hash;
    }
}
