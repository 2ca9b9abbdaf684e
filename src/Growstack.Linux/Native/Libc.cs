// The C library's functions that the engine calls, declared as they are; the typed faces are in the other files of this folder.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>Declarations of libc functions. Read the error by <see cref="Marshal.GetLastPInvokeError"/> at once.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    /// <summary>A raw system call of up to six arguments; the C function is variadic, which on x86-64 passes integers the same way.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long Syscall(long number, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0, nint a6 = 0);

    [LibraryImport(Library, EntryPoint = "ptrace", SetLastError = true)]
    internal static partial long Ptrace(long request, int pid, nint address, nint data);

    [LibraryImport(Library, EntryPoint = "wait4", SetLastError = true)]
    internal static partial int Wait4(int pid, int* status, int options, void* usage);

    [LibraryImport(Library, EntryPoint = "process_vm_readv", SetLastError = true)]
    internal static partial nint ProcessVmReadv(int pid, IoVec* local, nuint localCount, IoVec* remote, nuint remoteCount, nuint flags);

    [LibraryImport(Library, EntryPoint = "process_vm_writev", SetLastError = true)]
    internal static partial nint ProcessVmWritev(int pid, IoVec* local, nuint localCount, IoVec* remote, nuint remoteCount, nuint flags);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* Mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Munmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Mprotect(void* address, nuint length, int protection);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint value, int flags);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode = 0);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ReadLink(string path, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    internal static partial nint Pread(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint Pwrite(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "getpid")]
    internal static partial int GetPid();

    [LibraryImport(Library, EntryPoint = "sched_getcpu")]
    internal static partial int SchedGetCpu();

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    internal static partial int GetRlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true)]
    internal static partial int Access(byte* path, int mode);
}

/// <summary>struct iovec.</summary>
internal unsafe struct IoVec(void* start, nuint length)
{
    public void* Start = start;
    public nuint Length = length;
}

/// <summary>struct rlimit, 64-bit; all ones is no limit.</summary>
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;

    public const int Stack = 3;
    public const int Descriptors = 7;
    public const int MemLock = 8;
    public const int AddressSpace = 9;
    public const ulong Infinity = ulong.MaxValue;
}
