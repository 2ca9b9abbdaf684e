// The mappings of a process as /proc/PID/maps lists them.
using System.Text;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Inspection;

/// <summary>One line of /proc/PID/maps.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">First address after it.</param>
/// <param name="Protection">What access is allowed.</param>
/// <param name="FromFile">Whether a file backs it.</param>
/// <param name="Name">The file, a pseudo-name such as <c>[stack]</c>, or empty.</param>
internal readonly record struct MapRegion(ulong Start, ulong End, VmProt Protection, bool FromFile, string Name)
{
    public const string MainStackName = "[stack]";

    public bool IsWritable => (Protection & VmProt.Write) != 0;

    public bool IsGuard => Protection == VmProt.None;

    /// <summary>Whether it can hold a stack at all.</summary>
    public bool CanBeStack => IsWritable && !FromFile;

    /// <summary>Reads <c>start-end rwxp offset major:minor inode name</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> line, out MapRegion region)
    {
        Span<byte> bytes = stackalloc byte[512];
        if (!Encoding.UTF8.TryGetBytes(line, bytes, out int length))
            bytes = Encoding.UTF8.GetBytes(line.ToString());
        else
            bytes = bytes[..length];
        bool parsed = KernelMapping.TryParse(bytes, out var mapping);
        region = parsed ? new MapRegion(mapping.Start, mapping.End, mapping.Protection, mapping.IsFile, mapping.Path ?? "") : default;
        return parsed;
    }
}

/// <summary>All mappings of a process in ascending order.</summary>
internal sealed class RegionMap(List<MapRegion> regions)
{
    public IReadOnlyList<MapRegion> Regions => regions;

    /// <summary>The mappings of a process; none where they cannot be read.</summary>
    public static RegionMap Of(int pid) => Parse(SystemText.Text(ProcText.Read($"/proc/{pid}/maps")));

    /// <summary>Reads the text of /proc/PID/maps.</summary>
    public static RegionMap Parse(string text)
    {
        var regions = new List<MapRegion>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (MapRegion.TryParse(line, out var region))
                regions.Add(region);
        }

        return new RegionMap(regions);
    }

    /// <summary>The index of the mapping that contains an address, or -1.</summary>
    public int IndexOf(ulong address)
    {
        int low = 0, high = regions.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (address < regions[middle].Start)
                high = middle - 1;
            else if (address >= regions[middle].End)
                low = middle + 1;
            else
                return middle;
        }

        return -1;
    }

    /// <summary>The mapping that contains an address.</summary>
    public MapRegion? Find(ulong address) => IndexOf(address) is >= 0 and var index ? regions[index] : null;

    /// <summary>The mapping that ends at or before an address, the nearest one.</summary>
    public MapRegion? Below(ulong address)
    {
        MapRegion? nearest = null;
        foreach (var region in regions)
        {
            if (region.End > address)
                break;
            nearest = region;
        }

        return nearest;
    }
}
