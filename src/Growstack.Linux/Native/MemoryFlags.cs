// Flag values of the memory system calls.
namespace Growstack.Linux.Native;

/// <summary>Flags of mmap(2).</summary>
internal static class MapFlag
{
    internal const int Shared = 1;
    internal const int TypeMask = 0xf;
    internal const int Fixed = 0x10;
    internal const int Anonymous = 0x20;
    internal const int Low32Bits = 0x40;
    internal const int PrivateAnonymous = 0x22;
    internal const int GrowsDown = 0x100;
    internal const int NoReserve = 0x4000;
    internal const int Stack = 0x20000;
    internal const int HugeTlb = 0x40000;
    internal const int FixedNoReplace = 0x100000;
}

/// <summary>Flags of mremap(2).</summary>
internal static class RemapFlag
{
    internal const int MayMove = 1;
    internal const int Fixed = 2;
    internal const int DontUnmap = 4;
}

/// <summary>Advice of madvise(2).</summary>
internal static class Advice
{
    internal const int DontNeed = 4;
    internal const int DontFork = 10;
    internal const int DoFork = 11;
    internal const int PopulateWrite = 23;
    internal const int InstallGuard = 102;
    internal const int RemoveGuard = 103;
}

/// <summary>Protections of mmap(2) and mprotect(2).</summary>
internal static class ProtectionFlag
{
    internal const int Write = 2;
    internal const int ReadWrite = 3;
    internal const int ReadExecute = 5;
    internal const int All = 7;
    internal const ulong GrowsDown = 0x0100_0000;
}

/// <summary>Options of prctl(2).</summary>
internal static class PrctlOption
{
    internal const int SetSeccomp = 22;
}
