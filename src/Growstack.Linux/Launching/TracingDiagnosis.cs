// Says why tracing is refused and what to change.
using System.Globalization;
using Growstack.Linux.Native;

namespace Growstack.Linux.Launching;

/// <summary>Turns a refused PTRACE_SEIZE or seccomp(2) into words for the user, after looking at what the system tells of itself.</summary>
internal static class TracingDiagnosis
{
    /// <summary>CAP_SYS_ADMIN; below CAP_SYS_PTRACE and CAP_SYS_RESOURCE.</summary>
    private const int AdminCapability = 21;

    private const int PtraceCapability = 19;

    private const int ResourceCapability = 24;

    /// <summary>Whether this process may install a seccomp filter without no_new_privs.</summary>
    internal static bool MayFilterWithPrivileges => HasCapability(AdminCapability);

    /// <summary>Whether this process may raise a hard limit.</summary>
    internal static bool MayRaiseLimits => HasCapability(ResourceCapability);

    /// <summary>Words for a refused PTRACE_SEIZE.</summary>
    internal static string WhyNoTracing(int error)
    {
        if (error is Errno.EPERM or Errno.EACCES)
        {
            int? yama = ReadNumber("/proc/sys/kernel/yama/ptrace_scope");
            if (yama == 3)
                return "Tracing is switched off on this system (kernel.yama.ptrace_scope is 3). It can only be changed by booting with another setting of kernel.yama.ptrace_scope.";
            if (yama == 2 && !HasCapability(PtraceCapability))
                return "Tracing is allowed to administrators only (kernel.yama.ptrace_scope is 2). Run: sudo sysctl kernel.yama.ptrace_scope=1";
            if (StatusField("TracerPid") is { } tracer && tracer != "0")
                return "This process is itself being traced (by process " + tracer + "), and that tracer follows children. Run growstack outside the debugger or tracer.";
            if (StatusField("Seccomp") == "2")
                return "A seccomp profile forbids ptrace(2); in a container it is the container's. Run the container with --cap-add SYS_PTRACE, or with --security-opt seccomp=unconfined.";
            return "The system refuses ptrace(2) (" + Errno.Describe(error) + "): a security module (SELinux deny_ptrace, AppArmor) may forbid it; look into the audit log.";
        }

        if (error == Errno.ENOSYS)
            return "A seccomp profile or a system call emulation answers ptrace(2) with 'not implemented'; in a container run it with --cap-add SYS_PTRACE, or with --security-opt seccomp=unconfined.";
        return "ptrace(2) failed: " + Errno.Describe(error) + ".";
    }

    /// <summary>Words for a refused seccomp(2).</summary>
    internal static string WhyNoFilter(int error) => error is Errno.EINVAL or Errno.ENOSYS
        ? "This kernel has no seccomp filters (CONFIG_SECCOMP_FILTER), or a container's seccomp profile hides them; growstack needs them to follow the program's memory calls."
        : "The system refuses to install a seccomp filter (" + Errno.Describe(error) + "); in a container run it with --security-opt seccomp=unconfined.";

    private static bool HasCapability(int number) =>
        ulong.TryParse(StatusField("CapEff"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) && (set & (1UL << number)) != 0;

    private static string? StatusField(string name)
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
                    return line[(name.Length + 1)..].Trim();
            }
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }

        return null;
    }

    private static int? ReadNumber(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path).Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
