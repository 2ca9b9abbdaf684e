// One entry of an address map, as the map keeps it: 56 bytes in a slab, named by a stable id.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Growstack.Maps;

/// <summary>A mapped (or reserved) range and what is remembered of it. Owned by an <see cref="EntryIndex"/>; guarded by the map's lock.</summary>
/// <remarks>Range and protection are also kept in the index: once linked, change them with <see cref="EntryIndex.Resize"/> and <see cref="EntryIndex.SetProtection"/>.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct MapEntry
{
    /// <summary>The first address.</summary>
    internal ulong Start;

    /// <summary>The first address past the range.</summary>
    internal ulong End;

    /// <summary>Where the range begins in <see cref="Object"/>, in bytes.</summary>
    internal ulong Offset;

    /// <summary>Bytes kept with a stack: the guard size of a gap (release 12), or what may still grow, avail_ssize (release 10).</summary>
    internal ulong Reserve;

    /// <summary>The memory behind the range; null: anonymous memory nobody has touched, or a guard.</summary>
    internal VmObject? Object;

    internal VmEntryFlags Flags;
    internal int WiredCount;

    /// <summary>Of a free entry, the next free one. Kept by the index.</summary>
    internal int Link;

    internal VmProt Protection;
    internal VmProt MaxProtection;
    internal VmInherit Inheritance;

    /// <summary>Becomes what another entry is.</summary>
    /// <remarks>Field by field: a struct that holds a reference is copied as a whole by a slow loop.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Assign(in MapEntry other)
    {
        Start = other.Start;
        End = other.End;
        Offset = other.Offset;
        Reserve = other.Reserve;
        if (Object != other.Object)
            Object = other.Object;
        Flags = other.Flags;
        WiredCount = other.WiredCount;
        Protection = other.Protection;
        MaxProtection = other.MaxProtection;
        Inheritance = other.Inheritance;
    }
}
