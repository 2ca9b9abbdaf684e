// One entry of an address map, as the map keeps it: named by a stable id.
using System.Runtime.InteropServices;

namespace Growstack.Maps;

/// <summary>A mapped (or reserved) range and what is remembered of it. Owned by an <see cref="EntryIndex"/>; guarded by the map's lock.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct MapEntry
{
    internal ulong Start;
    internal ulong End;
    internal ulong Offset;
    internal ulong Reserve;
    internal VmObject? Object;
    internal VmEntryFlags Flags;
    internal int WiredCount;
    internal int Next;
    internal int Previous;
    internal VmProt Protection;
    internal VmProt MaxProtection;
    internal VmInherit Inheritance;
}
