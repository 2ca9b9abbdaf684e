// Page protections.
namespace Growstack.Maps;

/// <summary>A set of access permissions, <c>vm_prot_t</c>.</summary>
[Flags]
public enum VmProt : byte
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>VM_PROT_READ.</summary>
    Read = 1,

    /// <summary>VM_PROT_WRITE.</summary>
    Write = 2,

    /// <summary>VM_PROT_EXECUTE.</summary>
    Execute = 4,

    /// <summary>VM_PROT_COPY: in a fault's type only, asks for a private copy of a read-only page.</summary>
    Copy = 8,

    /// <summary>VM_PROT_RW.</summary>
    ReadWrite = Read | Write,

    /// <summary>VM_PROT_ALL.</summary>
    All = Read | Write | Execute,
}
