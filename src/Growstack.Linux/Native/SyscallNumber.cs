// System call numbers.
namespace Growstack.Linux.Native;

/// <summary>Numbers of the system calls that the engine makes, injects or follows; x86-64.</summary>
internal static class SyscallNumber
{
    internal const int Read = 0;
    internal const int Close = 3;
    internal const int Mmap = 9;
    internal const int Mprotect = 10;
    internal const int Munmap = 11;
    internal const int Brk = 12;
    internal const int RtSigaction = 13;
    internal const int RtSigprocmask = 14;
    internal const int RtSigreturn = 15;
    internal const int Ioctl = 16;
    internal const int Mremap = 25;
    internal const int Madvise = 28;
    internal const int Shmat = 30;
    internal const int Clone = 56;
    internal const int Fork = 57;
    internal const int Vfork = 58;
    internal const int Execve = 59;
    internal const int Exit = 60;
    internal const int Kill = 62;
    internal const int Shmdt = 67;
    internal const int Ptrace = 101;
    internal const int Getsid = 124;
    internal const int Mlock = 149;
    internal const int Munlock = 150;
    internal const int Mlockall = 151;
    internal const int Munlockall = 152;
    internal const int Prctl = 157;
    internal const int Setrlimit = 160;
    internal const int Gettid = 186;
    internal const int SchedSetaffinity = 203;
    internal const int SchedGetaffinity = 204;
    internal const int RemapFilePages = 216;
    internal const int ExitGroup = 231;
    internal const int EpollWait = 232;
    internal const int EpollCtl = 233;
    internal const int Tgkill = 234;
    internal const int EpollCreate1 = 291;
    internal const int RtTgsigqueueinfo = 297;
    internal const int Prlimit64 = 302;
    internal const int Seccomp = 317;
    internal const int Execveat = 322;
    internal const int Userfaultfd = 323;
    internal const int Mlock2 = 325;
    internal const int PkeyMprotect = 329;
    internal const int PidfdOpen = 434;
    internal const int PidfdGetfd = 438;
    internal const int MapShadowStack = 453;
    internal const int Clone3 = 435;

    /// <summary>No real call: the trampoline makes it to stop for the tracer.</summary>
    internal const int Report = 0x67726f77;
}
