// What is remembered of an entry beside its range, object and permissions.
namespace Growstack.Maps;

/// <summary>The flags of a map entry, the kernel's MAP_ENTRY_*; see vm_map(9).</summary>
[Flags]
public enum VmEntryFlags : uint
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>MAP_ENTRY_GROWS_DOWN: a stack that grows towards lower addresses.</summary>
    GrowsDown = 1 << 0,

    /// <summary>MAP_ENTRY_GROWS_UP: a stack that grows towards higher addresses.</summary>
    GrowsUp = 1 << 1,

    /// <summary>MAP_ENTRY_STACK_GAP_DN: the reserved, not yet grown part below a stack.</summary>
    StackGapDown = 1 << 2,

    /// <summary>MAP_ENTRY_STACK_GAP_UP: the reserved, not yet grown part above a stack.</summary>
    StackGapUp = 1 << 3,

    /// <summary>MAP_ENTRY_GUARD: nothing can be mapped there by chance, and every access fails.</summary>
    Guard = 1 << 4,

    /// <summary>MAP_ENTRY_COW: writes go to a private copy.</summary>
    CopyOnWrite = 1 << 5,

    /// <summary>MAP_ENTRY_NEEDS_COPY: the private copy is still to be made, at the first write.</summary>
    NeedsCopy = 1 << 6,

    /// <summary>MAP_ENTRY_USER_WIRED: wired by mlock(2) or mlockall(2).</summary>
    UserWired = 1 << 7,

    /// <summary>MAP_ENTRY_NOSYNC: the syncer leaves its dirty pages alone.</summary>
    NoSync = 1 << 8,

    /// <summary>MAP_ENTRY_NOCOREDUMP: left out of core dumps.</summary>
    NoCoreDump = 1 << 9,

    /// <summary>MAP_ENTRY_NOFAULT: a fault here is an error of the kernel itself.</summary>
    NoFault = 1 << 10,

    /// <summary>MAP_ENTRY_IN_TRANSITION: being wired or unwired.</summary>
    InTransition = 1 << 11,

    /// <summary>MAP_ENTRY_NEEDS_WAKEUP: someone waits for the transition to end.</summary>
    NeedsWakeup = 1 << 12,

    /// <summary>MAP_ENTRY_VN_EXEC: maps the text of a running program.</summary>
    VnExec = 1 << 13,

    /// <summary>MAP_ENTRY_WRITECNT: counted as a writable mapping of its vnode.</summary>
    WriteCount = 1 << 14,

    /// <summary>MAP_ENTRY_BEHAV_SEQUENTIAL: madvise(2) announced sequential access.</summary>
    Sequential = 1 << 15,

    /// <summary>MAP_ENTRY_BEHAV_RANDOM: madvise(2) announced random access.</summary>
    Random = 1 << 16,

    /// <summary>The entry itself holds a swap reservation of its size (the kernel's <c>cred</c>).</summary>
    Charged = 1 << 17,

    /// <summary>MAP_ENTRY_WIRE_SKIPPED: left out while its range is being wired; never seen from outside.</summary>
    WireSkipped = 1 << 18,
}
