// The swap reserved for a memory object.
using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    /// <summary>The reservation that an entry held becomes the object's.</summary>
    internal void TakeCharge(ulong bytes)
    {
        lock (Gate)
        {
            _charged = true;
            _charge = bytes;
        }
    }

    /// <summary>Reserves swap for the whole of an anonymous object that had none.</summary>
    /// <returns>Whether there was enough.</returns>
    internal bool TryChargeWhole(VmSystem system)
    {
        lock (Gate)
        {
            if (Kind != VmObjectKind.Anonymous)
                return true;
            if (!system.TryReserveSwap(Pages * VmPage.Size))
                return false;
            _charged = true;
            _charge = Pages * VmPage.Size;
            return true;
        }
    }

    /// <summary>Extends the object past the end of an entry, vm_object_coalesce: anonymous memory that nobody else can see there.</summary>
    /// <param name="system">Where swap is reserved.</param>
    /// <param name="offset">The entry's offset, in bytes.</param>
    /// <param name="size">The entry's size, in bytes.</param>
    /// <param name="more">How much is added, in bytes.</param>
    /// <param name="reserved">Whether the caller has reserved the swap for it.</param>
    internal bool TryExtend(VmSystem system, ulong offset, ulong size, ulong more, bool reserved)
    {
        lock (Gate)
        {
            if (Kind != VmObjectKind.Anonymous)
                return false;
            CollapseLocked(system);
            if (_backing is not null)
                return false;
            var added = VmPage.Count(more);
            var next = VmPage.Count(offset) + VmPage.Count(size);
            if (_references > 1 && Pages != next)
                return false;
            if (_charged)
            {
                if (!reserved && !system.TryReserveSwap(added * VmPage.Size))
                    return false;
                _charge += added * VmPage.Size;
            }
            DropPages(system, next, added);
            Pages = Math.Max(Pages, next + added);
            return true;
        }
    }
}
