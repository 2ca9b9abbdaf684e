// Reads and writes the memory of a tracee.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>The memory of another process. False: a part of the range is not mapped, not permitted, or the process is gone.</summary>
internal static unsafe class TraceeMemory
{
    internal static bool Read(int pid, ulong address, Span<byte> into)
    {
        fixed (byte* local = into)
        {
            var here = new IoVec(local, (nuint)into.Length);
            var there = new IoVec((void*)address, (nuint)into.Length);
            return Libc.ProcessVmReadv(pid, &here, 1, &there, 1, 0) == into.Length;
        }
    }

    internal static bool Write(int pid, ulong address, ReadOnlySpan<byte> data)
    {
        fixed (byte* local = data)
        {
            var here = new IoVec(local, (nuint)data.Length);
            var there = new IoVec((void*)address, (nuint)data.Length);
            return Libc.ProcessVmWritev(pid, &here, 1, &there, 1, 0) == data.Length;
        }
    }

    internal static bool Read<T>(int pid, ulong address, out T value)
        where T : unmanaged
    {
        value = default;
        return Read(pid, address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
    }
}
