// How large a signal's frame can be on this machine.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>The size of signal frames, which grows with the processor's register state.</summary>
internal static partial class SignalFrame
{
    /// <summary>AT_MINSIGSTKSZ of the auxiliary vector: the kernel's own figure, since Linux 5.14.</summary>
    private const ulong MinimumStackSizeKey = 51;

    /// <summary>What a machine with every extension needs, where the kernel does not say.</summary>
    private const ulong Fallback = 11 * 1024;

    /// <summary>An upper bound of a frame with its alignment, in bytes.</summary>
    internal static ulong Largest { get; } = Measure();

    private static ulong Measure()
    {
        ulong size = GetAuxiliaryValue(MinimumStackSizeKey);
        return size == 0 ? Fallback : size + 256;
    }

    [LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial ulong GetAuxiliaryValue(ulong key);
}
