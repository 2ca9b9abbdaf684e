// The check of the whole map.
namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>Checks every invariant of the map and its index.</summary>
    /// <exception cref="InvalidOperationException">One does not hold; the message names it.</exception>
    public void CheckConsistency()
    {
        using (_lock.Hold())
        {
            _index.CheckConsistency();
            ulong mapped = 0;
            var count = 0;
            var edge = Min;
            foreach (var id in _index.InOrder())
            {
                ref var entry = ref _index[id];
                Check(entry.Start < entry.End, entry, "is empty or reversed");
                Check(entry.Start >= edge && (entry.End <= Max || _rules.Stacks.MayPassMapEnd), entry, "overlaps the one before it or leaves the map");
                Check((entry.Flags & (VmEntryFlags.InTransition | VmEntryFlags.WireSkipped)) == 0, entry, "is in transition");
                Check(!_rules.ProtectionWithinMaximum || (entry.Protection & ~entry.MaxProtection) == 0, entry, "permits more than its maximum");
                Check(entry.WiredCount >= 0 && SystemWiredCount(entry) >= 0, entry, "has a wrong wired count");
                var guard = (entry.Flags & VmEntryFlags.Guard) != 0;
                Check(!guard || (entry.Object is null && entry.WiredCount == 0 && entry.MaxProtection == VmProt.None
                    && (entry.Flags & VmEntryFlags.Charged) == 0), entry, "is a guard with an object, a wiring, a permission or a charge");
                Check((entry.Flags & VmEntry.Gap) == 0 || guard, entry, "is a gap but no guard");
                if (!guard)
                    mapped += entry.End - entry.Start;
                edge = entry.End;
                count++;
            }
            if (count != _index.Count)
                throw new InvalidOperationException($"{count} entries are linked, {_index.Count} counted.");
            if (mapped != _size)
                throw new InvalidOperationException($"0x{mapped:x} bytes are mapped, 0x{_size:x} counted.");
        }

        static void Check(bool holds, in MapEntry entry, string what)
        {
            if (!holds)
                throw new InvalidOperationException($"The entry [0x{entry.Start:x}, 0x{entry.End:x}) {what}.");
        }
    }
}
