// One entry of an address map, as the map keeps it: 48 bytes in a slab, named by a stable id.
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

    internal int WiredCount;

    // In one number, as forks of large maps feel every byte. From below: flags, inheritance (2 bits), maximum protection (4), protection (4).
    private uint _state;
    private const int InheritanceShift = 22;
    private const int MaxProtectionShift = 24;
    private const int ProtectionShift = 28;
    private const uint FlagBits = (1u << InheritanceShift) - 1;
    private const uint InheritanceBits = 3;
    private const uint ProtectionBits = 15;

    internal VmEntryFlags Flags
    {
        readonly get => (VmEntryFlags)(_state & FlagBits);
        set => Set(0, FlagBits, (uint)value);
    }

    internal VmInherit Inheritance
    {
        readonly get => (VmInherit)((_state >> InheritanceShift) & InheritanceBits);
        set => Set(InheritanceShift, InheritanceBits, (uint)value);
    }

    internal VmProt MaxProtection
    {
        readonly get => (VmProt)((_state >> MaxProtectionShift) & ProtectionBits);
        set => Set(MaxProtectionShift, ProtectionBits, (uint)value);
    }

    internal VmProt Protection
    {
        readonly get => (VmProt)(_state >> ProtectionShift);
        set => Set(ProtectionShift, ProtectionBits, (uint)value);
    }

    /// <summary>Of a free entry, the next free one: it stands where a linked one says how often it is wired. Kept by the index.</summary>
    internal int Link
    {
        readonly get => WiredCount;
        set => WiredCount = value;
    }

    /// <summary>Whether two neighbours agree in all that must not differ where they become one, but for what backs them.</summary>
    internal readonly bool IsLike(in MapEntry other) => _state == other._state && WiredCount == other.WiredCount;

    /// <summary>Sets at once what the entry permits, passes on, and is remembered of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(VmEntryFlags flags, VmProt protection, VmProt maxProtection, VmInherit inheritance) =>
        _state = (uint)flags | ((uint)inheritance << InheritanceShift) | (((uint)maxProtection & ProtectionBits) << MaxProtectionShift) | ((uint)protection << ProtectionShift);

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
        WiredCount = other.WiredCount;
        _state = other._state;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Set(int shift, uint bits, uint value) => _state = (_state & ~(bits << shift)) | ((value & bits) << shift);
}
