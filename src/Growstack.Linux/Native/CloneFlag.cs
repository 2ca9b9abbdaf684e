// Flag values of clone(2).
namespace Growstack.Linux.Native;

/// <summary>Flags of clone(2): what a child shares with whoever makes it.</summary>
internal static class CloneFlag
{
    internal const ulong SharedMemory = 0x100;
    internal const ulong Vfork = 0x4000;
    internal const ulong Thread = 0x10000;
    internal const ulong Untraced = 0x800000;
}
