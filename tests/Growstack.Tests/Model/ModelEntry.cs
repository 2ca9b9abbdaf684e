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

    /// <summary>How often it is wired; the user's wirings count one together.</summary>
    internal int Wired;

    /// <summary>The file mapped, and where the entry begins in it; null: anonymous memory.</summary>
    internal VmObject? Object;
    internal ulong Offset;

    /// <summary>Of a gap: the guard that growth must leave, in bytes.</summary>
    internal ulong Reserve;

    internal bool IsGuard => (Flags & VmEntryFlags.Guard) != 0;

    internal bool Has(VmEntryFlags flag) => (Flags & flag) != 0;

    internal bool Contains(ulong address) => Start <= address && address < End;

    internal ModelEntry Copy() => (ModelEntry)MemberwiseClone();

    /// <summary>Whether the next entry could be a part of this one.</summary>
    internal bool Continues(ModelEntry next) =>
        End == next.Start && Prot == next.Prot && Max == next.Max && Inheritance == next.Inheritance && Flags == next.Flags
        && Wired == next.Wired && Object == next.Object && (Object is null || Offset + (End - Start) == next.Offset);

    /// <summary>Whether the system has wired it.</summary>
    internal bool IsSystemWired => Wired > (Has(VmEntryFlags.UserWired) ? 1 : 0);

    internal VmEntry ToEntry() => new(Start, End, Prot, Max, Inheritance, Flags, Wired, Object, Offset, Reserve);
}
