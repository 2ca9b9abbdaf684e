// The address space of a process: its map, and the kernel's accounts beside it.
using Growstack.Maps;

namespace Growstack.Processes;

/// <summary>An address space, <c>struct vmspace</c>: a map, and where the process stack, text and data are.</summary>
/// <remarks>The map's lock guards <see cref="StackPages"/>, <see cref="DataPages"/> and <see cref="TextPages"/>.</remarks>
public sealed class VmSpace
{
    /// <summary>The default upper end of the process stack, sv_usrstack of amd64.</summary>
    public const ulong DefaultUserStack = 0x7fff_ffff_f000;

    /// <summary>An address space without mappings.</summary>
    /// <param name="system">The kernel it belongs to.</param>
    /// <param name="min">The lowest address.</param>
    /// <param name="max">The first address past the highest.</param>
    public VmSpace(VmSystem system, ulong min, ulong max)
        : this(new VmMap(system, min, max))
    {
    }

    internal VmSpace(VmMap map) => Map = map;

    /// <summary>The address map.</summary>
    public VmMap Map { get; }

    /// <summary>vm_ssize: how much stack has grown, in pages. Growth of the process stack raises it; unmapping never lowers it; fork counts every entry that grows.</summary>
    public ulong StackPages { get; set; }

    /// <summary>vm_maxsaddr: the lowest address of the process stack.</summary>
    public ulong StackFloor { get; set; }

    /// <summary>sv_usrstack: the first address past the process stack. Release 10 does not look at it.</summary>
    public ulong UserStack { get; set; } = DefaultUserStack;

    /// <summary>vm_daddr: where data begins.</summary>
    public ulong DataAddress { get; set; }

    /// <summary>vm_dsize: the size of data, in pages.</summary>
    public ulong DataPages { get; set; }

    /// <summary>vm_taddr: where text begins.</summary>
    public ulong TextAddress { get; set; }

    /// <summary>vm_tsize: the size of text, in pages.</summary>
    public ulong TextPages { get; set; }

    /// <summary>
    /// vmspace_fork(9): a copy of the address space for a child, by each entry's inheritance. Copied entries need a private copy at their next write, in
    /// both spaces. The caller reserves <paramref name="charge"/> bytes of swap for the child, or lets it go (<see cref="Free"/>).
    /// </summary>
    /// <param name="charge">How much swap the child holds already without its being reserved, in bytes.</param>
    public VmSpace Fork(out ulong charge) => Map.Fork(this, out charge);

    /// <summary>Removes all mappings, wired ones too: the end of the address space.</summary>
    public void Free() => Map.Clear();
}
