// Error numbers of Linux, and their names.
namespace Growstack.Linux.Native;

/// <summary>Error numbers of Linux x86-64.</summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int EIO = 5;
    internal const int E2BIG = 7;
    internal const int ENOEXEC = 8;
    internal const int ECHILD = 10;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EFAULT = 14;
    internal const int EEXIST = 17;
    internal const int ENOTDIR = 20;
    internal const int EISDIR = 21;
    internal const int EINVAL = 22;
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int ENAMETOOLONG = 36;

    /// <summary>System calls answer with errors down to the negative of this.</summary>
    internal const int Largest = 4095;

    /// <summary>The lowest and highest of the kernel's internal "restart this call" answers, seen at stops only.</summary>
    internal const int FirstRestart = 512;

    internal const int LastRestart = 516;

    /// <summary>The system's words for an error.</summary>
    internal static string Describe(int error) => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error);
}
