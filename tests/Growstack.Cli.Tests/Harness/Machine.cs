// What this machine has: programs, users, limits. What is missing skips a test with the reason.
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Growstack.Cli.Tests.Harness;

internal static partial class Machine
{
    private const int ExecFormatError = 8;
    private const int CloseCall = 3;
    private const int UserFaultFdCall = 323;
    private const int CloseOnExec = 0x80000;

    /// <summary>Whether the tests run as root.</summary>
    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>The soft limit of the main stack in bytes; long.MaxValue when unlimited.</summary>
    public static long SoftStack => StackLimit(3);

    /// <summary>The hard limit of the main stack in bytes; long.MaxValue when unlimited.</summary>
    public static long HardStack => StackLimit(4);

    /// <summary>The path of a program, or null. Shims that only shells find are passed over: the system's own directories come first.</summary>
    public static string? Find(string program) =>
        program.Contains('/')
            ? File.Exists(program) ? program : null
            : new[] { "/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin" }
                .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
                .Select(directory => Path.Combine(directory, program))
                .FirstOrDefault(File.Exists);

    /// <summary>The path of a program; without it the test is skipped.</summary>
    public static string Need(string program)
    {
        string? path = Find(program);
        if (path is null)
            Assert.Skip($"{program} is not installed");
        return path;
    }

    /// <summary>Skips the test where the kernel lets this user watch its own accesses by userfaultfd(2) no more than the tests' programs.</summary>
    public static void NeedWatchedWrites()
    {
        nint descriptor = SystemCall(UserFaultFdCall, CloseOnExec);
        if (descriptor < 0)
            Assert.Skip($"userfaultfd(2) is not permitted here for accesses of the kernel's own ({Marshal.GetLastPInvokeErrorMessage()}): root may, and others with vm.unprivileged_userfaultfd=1");
        _ = SystemCall(CloseCall, descriptor);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint argument);

    /// <summary>Skips the test where the kernel does not take a file for a program, such as 32-bit ones on a kernel without their system calls.</summary>
    public static void NeedToRun(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path) { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
        }
        catch (Win32Exception refused) when (refused.NativeErrorCode == ExecFormatError)
        {
            Assert.Skip($"this kernel does not run {Path.GetFileName(path)}: exec format error");
        }
    }

    private static long StackLimit(int column)
    {
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max stack size", StringComparison.Ordinal));
        string field = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[column];
        return field == "unlimited" ? long.MaxValue : long.Parse(field, CultureInfo.InvariantCulture);
    }
}
