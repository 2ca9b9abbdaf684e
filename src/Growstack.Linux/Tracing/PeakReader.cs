// Finds how deep a stack has been used.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>What the page table tells of a range.</summary>
/// <param name="Lowest">The lowest touched page; the range's end when none was touched.</param>
/// <param name="GuardEnd">Where the guard pages at its start end (MADV_GUARD_INSTALL); the range's start when it has none.</param>
internal readonly record struct TouchedRange(ulong Lowest, ulong GuardEnd);

/// <summary>
/// Reads /proc/PID/pagemap: a page of a stack that was ever touched is present or swapped out. A guard page shows as swapped out too, and so does a page of
/// a skirt, but both are mere marks in the page table. A page that was made before it was touched counts from the moment when something else than zeros is in it.
/// </summary>
internal static unsafe class PeakReader
{
    private const ulong Present = 1UL << 63;
    private const ulong Swapped = 1UL << 62;
    private const ulong WriteProtected = 1UL << 57;
    private const ulong GuardPage = 1UL << 58;
    private const int PagesAtOnce = 512;

    /// <summary>The process whose file is open on this thread, or 0, and the file.</summary>
    [ThreadStatic]
    private static int _pid;

    [ThreadStatic]
    private static int _file;

    /// <summary>Finds the lowest touched page of a range.</summary>
    /// <param name="pid">The process, stopped or exiting but with its memory.</param>
    /// <param name="start">The range's start, page-aligned.</param>
    /// <param name="end">The range's end.</param>
    /// <param name="prefaulted">Pages that were made before they were touched.</param>
    /// <returns>The page's address; <paramref name="end"/> when none was touched; null when it cannot be read.</returns>
    internal static ulong? LowestTouched(int pid, ulong start, ulong end, PrefaultedPages prefaulted) => Scan(pid, start, end, prefaulted)?.Lowest;

    /// <summary>Looks at the pages of a range from below; null when they cannot be read.</summary>
    internal static TouchedRange? Scan(int pid, ulong start, ulong end, PrefaultedPages prefaulted = default)
    {
        int file = FileOf(pid);
        if (file < 0)
            return null;
        ulong* entries = stackalloc ulong[PagesAtOnce];
        ulong lowest = end;
        ulong guardEnd = start;
        ulong at = start;
        while (at < end && lowest == end)
        {
            ulong pages = Math.Min(PagesAtOnce, (end - at) / VmPage.Size);
            ulong got = Read(file, entries, at, pages);
            if (got == 0)
                break;
            for (ulong i = 0; i < got && lowest == end; i++)
            {
                ulong page = at + (i * VmPage.Size);
                if ((entries[i] & GuardPage) != 0)
                    guardEnd = page + VmPage.Size;
                else if (IsTouched(entries[i]) && !(prefaulted.Contains(page) && IsZero(pid, page)))
                    lowest = page;
            }

            at += got * VmPage.Size;
        }

        return at < end && lowest == end ? null : new TouchedRange(lowest, guardEnd);
    }

    /// <summary>Finds where the untouched pages directly below an address begin.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="bound">How far down to look.</param>
    /// <param name="address">A page's start.</param>
    /// <returns>The lowest page of the run; <paramref name="address"/> when there is none; null when it cannot be read.</returns>
    internal static ulong? UntouchedBelow(int pid, ulong bound, ulong address)
    {
        int file = FileOf(pid);
        if (file < 0)
            return null;
        ulong* entries = stackalloc ulong[PagesAtOnce];
        ulong? found = null;
        ulong at = address;
        while (at > bound && found is null)
        {
            ulong pages = Math.Min(PagesAtOnce, (at - bound) / VmPage.Size);
            ulong from = at - (pages * VmPage.Size);
            if (Read(file, entries, from, pages) != pages)
                break;
            for (ulong i = pages; i-- > 0 && found is null;)
            {
                if (IsTouched(entries[i]) || (entries[i] & GuardPage) != 0)
                    found = from + ((i + 1) * VmPage.Size);
            }

            at = from;
        }

        return found ?? (at <= bound ? at : null);
    }

    private static bool IsZero(int pid, ulong page)
    {
        Span<byte> content = stackalloc byte[(int)VmPage.Size];
        return TraceeMemory.Read(pid, page, content) && !content.ContainsAnyExcept((byte)0);
    }

    private static bool IsTouched(ulong entry) => (entry & Present) != 0 || (entry & (Swapped | WriteProtected)) == Swapped;

    /// <summary>
    /// The file of the process that was asked for last stays open, for the many threads of one process. It goes with the memory that the process had when
    /// it was opened: <see cref="Forget"/> it when the process executes another program or ends.
    /// </summary>
    private static int FileOf(int pid)
    {
        if (_pid == pid)
            return _file;
        Close();
        _file = Libc.Open($"/proc/{pid}/pagemap", OpenFlag.CloseOnExec);
        _pid = _file < 0 ? 0 : pid;
        return _file;
    }

    /// <summary>A process's memory is another from now on.</summary>
    internal static void Forget(int pid)
    {
        if (_pid == pid)
            Close();
    }

    /// <summary>Closes the file that is open on this thread.</summary>
    internal static void Close()
    {
        if (_pid != 0)
            _ = Libc.Close(_file);
        _pid = 0;
    }

    /// <summary>Reads the words of so many pages; answers of how many it could.</summary>
    private static ulong Read(int file, ulong* entries, ulong at, ulong pages)
    {
        nint got = Libc.Pread(file, entries, (nuint)(pages * sizeof(ulong)), (long)(at / VmPage.Size * sizeof(ulong)));
        return got <= 0 ? 0 : (ulong)got / sizeof(ulong);
    }
}
