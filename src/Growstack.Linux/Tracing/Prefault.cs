// Which growths of a stack bring their pages with them.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>A range of pages that were made before anything touched them: only what they contain tells which of them are in use.</summary>
/// <param name="Start">Its start.</param>
/// <param name="End">Its end; equal to the start where there are none.</param>
internal readonly record struct PrefaultedPages(ulong Start, ulong End)
{
    internal bool Contains(ulong page) => page >= Start && page < End;
}

/// <summary>
/// Deep recursion pays most for its page faults, one a page. Where a deep stack is used page by page, its next piece is only a quarter of what there is
/// instead of as much again, and one call makes the piece's pages (MADV_POPULATE_WRITE, Linux 5.14). Not without a skirt: there the kernel's own writes
/// need the larger pieces.
/// </summary>
internal static class Prefault
{
    /// <summary>Stacks less deep take no page that they do not touch, and their peak is read off the page table alone.</summary>
    private const ulong DeepFrom = 1UL << 20;

    /// <summary>How much above a stack's edge must be in use, to the page, and how far below the edge the write may be.</summary>
    private const ulong Sample = 8 * VmPage.Size;

    /// <summary>How much of a stack's size a piece with pages has.</summary>
    internal const int Share = 4;

    /// <summary>Whether the next piece of a stack is to have its pages.</summary>
    /// <param name="pid">The process, stopped.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="address">The address below the stack's edge for which it grows.</param>
    internal static bool Pays(int pid, ManagedStack stack, ulong address)
    {
        ulong low = stack.Low;
        if (stack.Mapped < DeepFrom || stack.Skirt == low || low - address > Sample)
            return false;
        for (ulong page = low; page < low + Sample; page += VmPage.Size)
        {
            if (PeakReader.LowestTouched(pid, page, page + VmPage.Size, stack.Prefaulted) != page)
                return false;
        }

        return true;
    }

    /// <summary>The call that makes the pages of a range. Where the kernel cannot, they come one by one as ever.</summary>
    internal static SyscallRow Call(ulong start, ulong end) => new(SyscallNumber.Madvise, start, end - start, Advice.PopulateWrite);
}
