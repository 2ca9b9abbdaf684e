// Which pages of a range were touched, from /proc/PID/pagemap; and the coarser answer of /proc/PID/smaps.
using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Growstack.Linux.Inspection;

/// <summary>The touched pages of a range.</summary>
/// <param name="Lowest">The lowest touched page's address, or null if no page was.</param>
/// <param name="Bytes">How much is in memory or swap.</param>
/// <param name="GuardStart">The highest run of guard pages (MADV_GUARD_INSTALL) below the touched ones: its start.</param>
/// <param name="GuardEnd">Its end; equal to its start if there is none.</param>
internal readonly record struct TouchedPages(ulong? Lowest, ulong Bytes, ulong GuardStart, ulong GuardEnd);

/// <summary>
/// /proc/PID/pagemap: one 64-bit word a page. Whether a page is present or swapped is shown to whoever may open the file; only
/// frame numbers need CAP_SYS_ADMIN. Reading neither stops the process nor brings pages in.
/// </summary>
internal sealed class PageMap : IDisposable
{
    private const int EntriesPerRead = 32 * 1024;
    private const ulong Present = 1UL << 63;
    private const ulong Swapped = 1UL << 62;
    private const ulong GuardRegion = 1UL << 58;
    private const ulong WriteProtected = 1UL << 57;

    private readonly SafeFileHandle _file;

    private PageMap(SafeFileHandle file) => _file = file;

    /// <summary>Opens the page map of the process a living thread belongs to.</summary>
    public static PageMap? Open(ProcFs proc, int pid, int tid, out ProcError error)
    {
        var file = ProcFs.Open(proc.PathOf(pid, tid, "pagemap"), out error);
        return file is null ? null : new PageMap(file);
    }

    /// <summary>Reads the state of every page from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <returns>Null if the process ended or the kernel refused.</returns>
    public TouchedPages? Scan(ulong start, ulong end)
    {
        var page = (ulong)Environment.SystemPageSize;
        var words = ArrayPool<ulong>.Shared.Rent((int)Math.Min((end - start + page - 1) / page, EntriesPerRead));
        try
        {
            ulong? lowest = null;
            ulong bytes = 0, guardStart = start, guardEnd = start;
            for (var address = start; address < end;)
            {
                var wanted = (int)Math.Min((end - address + page - 1) / page, EntriesPerRead);
                var got = ProcFs.ReadAt(_file, MemoryMarshal.AsBytes(words.AsSpan(0, wanted)), address / page * sizeof(ulong), out _) / sizeof(ulong);
                if (got == 0)
                    return null;

                foreach (var word in words.AsSpan(0, got))
                {
                    // A guard page shows as swapped too: it is a marker in the page table, no memory.
                    if ((word & GuardRegion) != 0)
                    {
                        guardStart = guardEnd == address ? guardStart : address;
                        guardEnd = address + page;
                        lowest = null;
                        bytes = 0;
                    }
                    else if ((word & Present) != 0 || (word & (Swapped | WriteProtected)) == Swapped) // A page protected by userfaultfd(2) and not present is a mark too.
                    {
                        lowest ??= address;
                        bytes += page;
                    }

                    address += page;
                }
            }

            return new TouchedPages(lowest, bytes, guardStart, guardEnd);
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(words);
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>What /proc/PID/smaps says of one mapping.</summary>
/// <param name="Resident">Rss and Swap, in bytes.</param>
/// <param name="HugePages">AnonHugePages, in bytes.</param>
internal readonly record struct SmapsEntry(ulong Resident, ulong HugePages);

/// <summary>Reads /proc/PID/smaps: dearer than the page map, for the kernel walks every mapping; used only where that does not answer.</summary>
internal static class Smaps
{
    public static Dictionary<ulong, SmapsEntry> Read(ProcFs proc, int pid, int tid)
    {
        var entries = new Dictionary<ulong, SmapsEntry>();
        if (ProcFs.ReadText(proc.PathOf(pid, tid, "smaps"), out var text) != ProcError.None)
            return entries;

        var start = 0UL;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (MapRegion.TryParse(line, out var region))
                entries[start = region.Start] = default;
            else if (line.StartsWith("Rss:") || line.StartsWith("Swap:"))
                entries[start] = entries.GetValueOrDefault(start) with { Resident = entries.GetValueOrDefault(start).Resident + Kilobytes(line) };
            else if (line.StartsWith("AnonHugePages:"))
                entries[start] = entries.GetValueOrDefault(start) with { HugePages = Kilobytes(line) };
        }

        return entries;
    }

    private static ulong Kilobytes(ReadOnlySpan<char> line)
    {
        var value = line[(line.IndexOf(':') + 1)..].TrimEnd("kB ").Trim();
        return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number * 1024 : 0;
    }
}
