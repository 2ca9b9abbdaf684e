// The map's half of a page fault: vm_map_lookup(9), growing stacks on the way.
using Growstack.Processes;

namespace Growstack.Maps;

/// <summary>What a fault found.</summary>
/// <param name="Protection">The accesses for which the page may be entered.</param>
/// <param name="IsWired">Whether the page is to be wired.</param>
/// <param name="Entry">The entry that contains the address.</param>
public readonly record struct VmFaultResult(VmProt Protection, bool IsWired, VmEntry Entry);

public sealed partial class VmMap
{
    /// <summary>The map's half of a page fault: finds the entry, grows the stack in whose range the address lies, and checks the access.</summary>
    /// <param name="process">The current process, whose stacks may grow.</param>
    /// <param name="address">The address accessed.</param>
    /// <param name="type">The kind of access; <see cref="VmProt.Copy"/> asks for a private copy even of a read-only page.</param>
    /// <param name="result">On success, what was found.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>: nothing is mapped there; <see cref="KernReturn.ProtectionFailure"/>: the
    /// access is not permitted, the address lies in a guard, or (release 12) the stack could not grow; <see cref="KernReturn.Failure"/>: the stack could not
    /// grow (release 10); <see cref="KernReturn.ResourceShortage"/>: no swap for the private copy.
    /// </returns>
    /// <exception cref="InvalidOperationException">The address lies in a mapping that must not fault.</exception>
    public KernReturn Fault(VmProcess process, ulong address, VmProt type, out VmFaultResult result)
    {
        ArgumentNullException.ThrowIfNull(process);
        using var scope = Write();
        var answer = LookupForFault(address, type, out result);
        if (!_rules.Stacks.GrowsOnFault(this, answer, address))
            return answer;
        var grown = GrowStack(process, address, System.StackGrowthSize);
        if (grown == KernReturn.Success)
            return LookupForFault(address, type, out result);
        return _rules.FaultGrowsGap ? answer : KernReturn.Failure;
    }

    private KernReturn LookupForFault(ulong address, VmProt type, out VmFaultResult result)
    {
        result = default;
        if (!Locate(address, out var id))
            return KernReturn.InvalidAddress;
        ref var entry = ref _index[id];
        if ((entry.Flags & VmEntryFlags.NoFault) != 0)
            throw new InvalidOperationException($"0x{address:x} lies in a mapping that must not fault.");
        var permitted = entry.Protection;
        var access = type & VmProt.All;
        if ((access & permitted) != access || permitted == VmProt.None)
            return KernReturn.ProtectionFailure;
        const VmEntryFlags WiredCopy = VmEntryFlags.UserWired | VmEntryFlags.CopyOnWrite;
        if (_rules.WiredCopiesRefuseWrites && (entry.Flags & WiredCopy) == WiredCopy && (access & VmProt.Write) != 0)
            return KernReturn.ProtectionFailure;
        var wantsCopy = (type & VmProt.Copy) != 0;
        if (wantsCopy && (entry.MaxProtection & VmProt.Write) == 0 && (entry.Flags & VmEntryFlags.CopyOnWrite) == 0)
            return KernReturn.ProtectionFailure;
        // A wired page is got for all the accesses that will ever be made.
        var wired = entry.WiredCount != 0;
        if (wired)
            access = permitted;
        if (wantsCopy)
            access |= VmProt.Write;
        if ((entry.Flags & VmEntryFlags.NeedsCopy) != 0 && (access & VmProt.Write) == 0)
            permitted &= ~VmProt.Write;
        var answer = MakePrivate(ref entry, access);
        if (answer != KernReturn.Success)
            return answer;
        if (entry.Object is null)
            GiveObjectIfWanted(ref entry);
        result = new VmFaultResult(permitted, wired, Snapshot(id));
        return KernReturn.Success;
    }

    /// <summary>Makes the private copy that an entry still needs, if the access is a write.</summary>
    private KernReturn MakePrivate(ref MapEntry entry, VmProt access)
    {
        if ((entry.Flags & VmEntryFlags.NeedsCopy) == 0 || (access & VmProt.Write) == 0)
            return KernReturn.Success;
        var size = entry.End - entry.Start;
        if ((entry.Flags & VmEntryFlags.Charged) == 0)
        {
            if (!TryReserveSwap(size))
                return KernReturn.ResourceShortage;
            entry.Flags |= VmEntryFlags.Charged;
        }
        Shadow(ref entry);
        entry.Flags &= ~VmEntryFlags.NeedsCopy;
        var obj = entry.Object!;
        if (obj.IsCharged)
        {
            // No copy was needed: the object was private, and has its swap.
            ReleaseSwap(size);
            entry.Flags &= ~VmEntryFlags.Charged;
        }
        else
        {
            MoveCharge(ref entry, obj);
        }
        return KernReturn.Success;
    }

    /// <summary>Puts a new object in front of the entry's, unless nobody else holds that.</summary>
    private static void Shadow(ref MapEntry entry)
    {
        var shadow = VmObject.Shadow(entry.Object, entry.Offset, entry.End - entry.Start);
        if (shadow == entry.Object)
            return;
        entry.Object = shadow;
        entry.Offset = 0;
    }
}
