// The answers of map operations: Mach's kern_return values as FreeBSD numbers them.
namespace Growstack.Maps;

/// <summary>The answer of a map operation, numbered as in FreeBSD's <c>vm/vm_param.h</c>.</summary>
public enum KernReturn
{
    /// <summary>KERN_SUCCESS: the operation was carried out.</summary>
    Success = 0,

    /// <summary>KERN_INVALID_ADDRESS: an address lies outside the map, or nothing is mapped there.</summary>
    InvalidAddress = 1,

    /// <summary>KERN_PROTECTION_FAILURE: the mapping exists but does not permit the access or the change.</summary>
    ProtectionFailure = 2,

    /// <summary>KERN_NO_SPACE: the range is taken, no range fits, or a limit would be passed.</summary>
    NoSpace = 3,

    /// <summary>KERN_INVALID_ARGUMENT: an argument is malformed.</summary>
    InvalidArgument = 4,

    /// <summary>KERN_FAILURE: the operation does not apply, for no more special reason.</summary>
    Failure = 5,

    /// <summary>KERN_RESOURCE_SHORTAGE: memory, swap or wirable pages are exhausted.</summary>
    ResourceShortage = 6,

    /// <summary>KERN_NOT_RECEIVER: kept for completeness of the numbering; no map operation answers it.</summary>
    NotReceiver = 7,

    /// <summary>KERN_NO_ACCESS: kept for completeness of the numbering; no map operation answers it.</summary>
    NoAccess = 8,

    /// <summary>KERN_OUT_OF_BOUNDS: mapped, but no page is behind it: past the end of the object, or its pager has none.</summary>
    OutOfBounds = 9,
}
