// What a child gets of a mapping at fork.
namespace Growstack.Maps;

/// <summary>How a mapping passes to a child at fork, <c>vm_inherit_t</c>; see minherit(2).</summary>
public enum VmInherit : byte
{
    /// <summary>VM_INHERIT_SHARE: parent and child share the pages.</summary>
    Share = 0,

    /// <summary>VM_INHERIT_COPY: the child gets a copy-on-write copy.</summary>
    Copy = 1,

    /// <summary>VM_INHERIT_NONE: the child does not get the mapping.</summary>
    None = 2,

    /// <summary>VM_INHERIT_ZERO: the child gets fresh zero-filled pages.</summary>
    Zero = 3,
}
