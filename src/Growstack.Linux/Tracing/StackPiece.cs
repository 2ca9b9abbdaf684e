// The system call that makes a piece of a stack real.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// A piece of a stack becomes a private anonymous mapping. FIXED_NOREPLACE: should the host have something there that the map does not know,
/// the call answers EEXIST and nothing is overwritten. MAP_STACK keeps huge pages away, which would blur what was touched.
/// </summary>
internal static class StackPiece
{
    internal const int Flags = MapFlag.PrivateAnonymous | MapFlag.FixedNoReplace | MapFlag.Stack;

    internal static SyscallRow Call(in VmEntry piece) => Call(piece.Start, piece.End, piece.Protection);

    internal static SyscallRow Call(ulong start, ulong end, VmProt protection) =>
        new(SyscallNumber.Mmap, start, end - start, (ulong)(protection & VmProt.All), Flags, ulong.MaxValue);
}
