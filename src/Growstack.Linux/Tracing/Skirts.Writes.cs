// Writes of the kernel's to a skirt.
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

internal sealed partial class Skirts
{
    /// <summary>
    /// Lets the kernel write to a page, at or above whose start the map has the stack by now. Only the lowest page of all that it writes is let through at
    /// first: when it goes on to the next, that one is protected again, so that the program is noticed when it goes down from there.
    /// </summary>
    /// <param name="watch">The watch of the address space.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="page">The page.</param>
    /// <param name="before">The stack's edge before it grew for this write; where it did not, its edge.</param>
    internal static void LetWrite(TouchWatch watch, ManagedStack stack, ulong page, ulong before)
    {
        if (stack.Low < before)
        {
            stack.IsWrittenInBits = stack.Ajar != 0 && !stack.AjarWentOn;
            Open(watch, stack);
            stack.Ajar = page;
            stack.AjarEnd = before;
            _ = watch.Free(page, page + VmPage.Size);
        }
        else if (page > stack.Ajar && page < stack.AjarEnd)
        {
            ulong next = stack.Ajar + VmPage.Size;
            _ = watch.Protect(stack.Ajar, next);
            _ = watch.Free(next, stack.AjarEnd);
            stack.AjarEnd = next;
            stack.AjarWentOn = true;
        }
        else
        {
            _ = watch.Free(page, page + VmPage.Size);
        }
    }

    /// <summary>
    /// Whether a stack has just grown for the kernel, which writes a little at one level after the other and nowhere goes on to the next page, and half the
    /// skirt is used up: the program would not be noticed before the skirt ends.
    /// </summary>
    internal static bool WearsThin(ManagedStack stack, ulong page) =>
        page == stack.Ajar && page == stack.Low && stack.IsWrittenInBits && page > stack.GrowthFloor && page - stack.Skirt < Size / 2;

    /// <summary>Frees what was kept of a write of the kernel's: the program has been noticed, or uses that memory itself.</summary>
    internal static void Open(TouchWatch watch, ManagedStack stack)
    {
        if (stack.Ajar != 0)
            _ = watch.Free(stack.Ajar, stack.AjarEnd);
        stack.Ajar = stack.AjarEnd = 0;
        stack.AjarWentOn = false;
    }
}
