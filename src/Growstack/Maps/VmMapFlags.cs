// What a caller asks of a new mapping: the kernel's "cow" argument.
namespace Growstack.Maps;

/// <summary>Flags of a new mapping, the kernel's MAP_* values of the <c>cow</c> argument; see vm_map_insert(9).</summary>
[Flags]
public enum VmMapFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>MAP_COPY_ON_WRITE: writes go to a private copy.</summary>
    CopyOnWrite = 1 << 0,

    /// <summary>MAP_NOFAULT: the mapping must never fault; never charged to swap. Anonymous memory only.</summary>
    NoFault = 1 << 1,

    /// <summary>MAP_DISABLE_SYNCER: the syncer leaves dirty pages alone.</summary>
    NoSync = 1 << 2,

    /// <summary>MAP_DISABLE_COREDUMP: left out of core dumps.</summary>
    NoCoreDump = 1 << 3,

    /// <summary>MAP_ACC_NO_CHARGE: reserves no swap.</summary>
    NoCharge = 1 << 4,

    /// <summary>MAP_ACC_CHARGED: the caller has reserved the swap already.</summary>
    Charged = 1 << 5,

    /// <summary>MAP_CREATE_GUARD: nothing is mapped; the range is only kept free (release 12).</summary>
    Guard = 1 << 6,

    /// <summary>MAP_CREATE_STACK_GAP_DN: the guard is the room of a stack that grows down (release 12).</summary>
    GapDown = 1 << 7,

    /// <summary>MAP_CREATE_STACK_GAP_UP: the guard is the room of a stack that grows up (release 12).</summary>
    GapUp = 1 << 8,

    /// <summary>MAP_CHECK_EXCL: a fixed mapping replaces nothing (release 12).</summary>
    CheckExcl = 1 << 9,

    /// <summary>MAP_VN_WRITECOUNT: counts as a writable mapping of its vnode.</summary>
    WriteCount = 1 << 10,

    /// <summary>MAP_VN_EXEC: maps the text of a running program.</summary>
    VnExec = 1 << 11,

    /// <summary>MAP_STACK_GROWS_DOWN: a stack that grows towards lower addresses.</summary>
    StackGrowsDown = 1 << 12,

    /// <summary>MAP_STACK_GROWS_UP: a stack that grows towards higher addresses.</summary>
    StackGrowsUp = 1 << 13,

    /// <summary>MAP_INHERIT_SHARE: a child shares the mapping instead of copying it.</summary>
    InheritShare = 1 << 14,
}
