// Finds how deep a stack has been used.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>Reads /proc/PID/pagemap: a page of a stack that was ever touched is present or swapped out.</summary>
internal static unsafe class PeakReader
{
    private const int CloseOnExec = 0x80000;
    private const ulong PresentOrSwapped = 3UL << 62;
    private const int PagesAtOnce = 512;

    /// <summary>Finds the lowest touched page of a range.</summary>
    /// <param name="pid">The process, stopped or exiting but with its memory.</param>
    /// <param name="start">The range's start, page-aligned.</param>
    /// <param name="end">The range's end.</param>
    /// <returns>The page's address; <paramref name="end"/> when none was touched; null when it cannot be read.</returns>
    internal static ulong? LowestTouched(int pid, ulong start, ulong end)
    {
        int fd = Libc.Open($"/proc/{pid}/pagemap", CloseOnExec);
        if (fd < 0)
            return null;
        ulong* entries = stackalloc ulong[PagesAtOnce];
        ulong? found = end;
        for (ulong at = start; at < end && found == end; at += PagesAtOnce * Trampoline.Page)
        {
            ulong pages = Math.Min(PagesAtOnce, (end - at) / Trampoline.Page);
            nint got = Libc.Pread(fd, entries, (nuint)(pages * 8), (long)(at / Trampoline.Page * 8));
            if (got <= 0)
            {
                found = null;
                break;
            }

            for (ulong i = 0; i < (ulong)got / 8; i++)
            {
                if ((entries[i] & PresentOrSwapped) != 0)
                {
                    found = at + (i * Trampoline.Page);
                    break;
                }
            }
        }

        _ = Libc.Close(fd);
        return found;
    }
}
