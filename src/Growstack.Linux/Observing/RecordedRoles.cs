// Which runtime makes the threads of a process, for recordings.
using Growstack.Linux.Inspection;

namespace Growstack.Linux.Observing;

/// <summary>Looks at what a process has mapped when the first of its threads starts, and keeps the answer as long as the process runs that program.</summary>
internal sealed class RecordedRoles
{
    private readonly Dictionary<int, string> _roles = [];

    /// <summary>The runtime's name in recordings; empty where none was recognised.</summary>
    internal string Of(int pid)
    {
        if (!_roles.TryGetValue(pid, out string? role))
            _roles[pid] = role = Name(RuntimeDetector.Detect(RegionMap.Of(pid)));
        return role;
    }

    /// <summary>The process ends, or runs another program.</summary>
    internal void Forget(int pid) => _ = _roles.Remove(pid);

    private static string Name(ProcessRuntime runtimes) => runtimes switch
    {
        _ when (runtimes & ProcessRuntime.Java) != 0 => "jvm",
        _ when (runtimes & ProcessRuntime.DotNet) != 0 => "dotnet",
        _ when (runtimes & ProcessRuntime.Node) != 0 => "node",
        _ when (runtimes & ProcessRuntime.Go) != 0 => "go",
        _ when (runtimes & ProcessRuntime.Musl) != 0 => "musl",
        _ when (runtimes & ProcessRuntime.Glibc) != 0 => "glibc",
        _ => "",
    };
}
