// Reads the kernel's own list of a process's mappings.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>Reads /proc/PID/maps, in the address order the kernel writes it in.</summary>
internal static class KernelMaps
{
    /// <summary>More than most fresh images have.</summary>
    private const int Usual = 32;

    /// <summary>Reads the mappings below the user address limit; null when they cannot be read.</summary>
    internal static List<KernelMapping>? Read(int pid)
    {
        var text = ProcText.Read($"/proc/{pid}/maps");
        if (text.IsEmpty)
            return null;
        var mappings = new List<KernelMapping>(Usual);
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!KernelMapping.TryParse(line, out var mapping))
                return null;
            if (mapping.End <= AddressSpace.UserEnd)
                mappings.Add(mapping);
        }

        return mappings;
    }
}
