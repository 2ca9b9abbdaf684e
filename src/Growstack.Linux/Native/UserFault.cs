// userfaultfd(2) and its requests, as far as write protection needs them; see ioctl_userfaultfd(2).
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>A message of a userfaultfd, struct uffd_msg: a write met a protected page.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct UserFaultMessage
{
    public byte Event;
    private readonly byte _reserved1;
    private readonly ushort _reserved2;
    private readonly uint _reserved3;
    public ulong Flags;
    public ulong Address;

    /// <summary>The thread that wrote, as its own namespace of processes numbers it.</summary>
    public int ThreadId;

    /// <summary>UFFD_EVENT_PAGEFAULT.</summary>
    internal const byte PageFault = 0x12;
}

/// <summary>
/// Requests to a userfaultfd whose address space is another process's. Marks are put on pages that have never been touched, too
/// (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4), and messages name the thread.
/// </summary>
internal static unsafe class UserFault
{
    /// <summary>Flags of userfaultfd(2): its reader polls, which only works on one that does not block.</summary>
    internal const int OpenFlags = OpenFlag.CloseOnExec | OpenFlag.NonBlock;

    private const ulong Api = 0xaa;
    private const ulong Features = (1 << 8) | (1 << 13);
    private const uint ApiRequest = 0xc018aa3f;
    private const uint RegisterRequest = 0xc020aa00;
    private const uint WriteProtectRequest = 0xc018aa06;
    private const ulong RegisterForWrites = 2;

    /// <summary>Begins the conversation; false when the kernel cannot do what is needed.</summary>
    internal static bool TryBegin(int fd)
    {
        ulong* api = stackalloc ulong[3] { Api, Features, 0 };
        return Request(fd, ApiRequest, api) == 0;
    }

    /// <summary>Makes a range of private anonymous memory one whose pages can be protected. Ranges side by side stay one mapping.</summary>
    internal static bool TryRegister(int fd, ulong start, ulong end)
    {
        ulong* register = stackalloc ulong[4] { start, end - start, RegisterForWrites, 0 };
        return Request(fd, RegisterRequest, register) == 0;
    }

    /// <summary>Protects the pages of a registered range against writes, or frees them and wakes who waits there.</summary>
    internal static bool TryProtect(int fd, ulong start, ulong end, bool protect)
    {
        ulong* range = stackalloc ulong[3] { start, end - start, protect ? 1UL : 0 };
        int error;
        do
            error = Request(fd, WriteProtectRequest, range);
        while (error == Errno.EAGAIN);
        return error == 0;
    }

    /// <summary>Takes the next message; false when there is none.</summary>
    internal static bool TryRead(int fd, out UserFaultMessage message)
    {
        UserFaultMessage taken = default;
        bool got = Libc.Read(fd, &taken, (nuint)sizeof(UserFaultMessage)) == sizeof(UserFaultMessage);
        message = taken;
        return got;
    }

    /// <summary>
    /// Whether this process may have them for writes of the kernel's too, as far as it can tell for the programs it starts: with CAP_SYS_PTRACE, or
    /// where vm.unprivileged_userfaultfd says so.
    /// </summary>
    internal static bool IsPermitted()
    {
        int fd = (int)Libc.Syscall(SyscallNumber.Userfaultfd, OpenFlags);
        if (fd < 0)
            return false;
        bool works = TryBegin(fd);
        _ = Libc.Close(fd);
        return works;
    }

    /// <summary>Takes a copy of another process's descriptor; negative when it may not be had.</summary>
    internal static int TakeOver(int pid, int descriptor)
    {
        int process = (int)Libc.Syscall(SyscallNumber.PidfdOpen, pid);
        if (process < 0)
            return -1;
        int fd = (int)Libc.Syscall(SyscallNumber.PidfdGetfd, process, descriptor);
        _ = Libc.Close(process);
        return fd;
    }

    private static int Request(int fd, uint request, void* argument) =>
        Libc.Syscall(SyscallNumber.Ioctl, fd, (nint)request, (nint)argument) == 0 ? 0 : Marshal.GetLastPInvokeError();
}
