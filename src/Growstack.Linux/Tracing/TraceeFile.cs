// The memory of a tracee as a file: what a debugger may write to, whatever the pages' protection.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>/proc/PID/mem, open. It stays with the program image it was opened for. False: a part of the range is not mapped, or the process is gone.</summary>
internal readonly unsafe ref struct TraceeFile
{
    private readonly int _file;

    internal TraceeFile(int pid) => _file = Libc.Open($"/proc/{pid}/mem", OpenFlag.ReadWrite | OpenFlag.CloseOnExec);

    internal bool Read(ulong address, Span<byte> into)
    {
        fixed (byte* local = into)
            return Libc.Pread(_file, local, (nuint)into.Length, (long)address) == into.Length;
    }

    internal bool Write(ulong address, ReadOnlySpan<byte> data)
    {
        fixed (byte* local = data)
            return Libc.Pwrite(_file, local, (nuint)data.Length, (long)address) == data.Length;
    }

    public void Dispose()
    {
        if (_file >= 0)
            _ = Libc.Close(_file);
    }
}
