// The two releases whose behaviour the map can have.
namespace Growstack.Maps;

/// <summary>The FreeBSD release whose address map is reproduced.</summary>
public enum VmRelease
{
    /// <summary>FreeBSD 10.1: what the manual page vm_map_stack(9) describes.</summary>
    FreeBsd10,

    /// <summary>FreeBSD 12.1-STABLE: stacks grow into guarded gap entries.</summary>
    FreeBsd12,
}
