// One entry of the naive model: a mutable record, nothing else.
using Growstack.Maps;

namespace Growstack.Tests.Model;

internal sealed class ModelEntry
{
    internal ulong Start;
    internal ulong End;
    internal VmProt Prot;
    internal VmProt Max;
    internal VmInherit Inheritance = VmInherit.Copy;
    internal VmEntryFlags Flags;

    /// <summary>Of a gap: the guard that growth must leave, in bytes.</summary>
    internal ulong Reserve;

    internal bool IsGuard => (Flags & VmEntryFlags.Guard) != 0;

    internal bool Has(VmEntryFlags flag) => (Flags & flag) != 0;

    internal bool Contains(ulong address) => Start <= address && address < End;

    internal ModelEntry Copy() => (ModelEntry)MemberwiseClone();

    /// <summary>Whether the next entry could be a part of this one.</summary>
    internal bool Continues(ModelEntry next) =>
        End == next.Start && Prot == next.Prot && Max == next.Max && Inheritance == next.Inheritance && Flags == next.Flags;

    internal VmEntry ToEntry() => new(Start, End, Prot, Max, Inheritance, Flags, 0, null, 0, Reserve);
}
