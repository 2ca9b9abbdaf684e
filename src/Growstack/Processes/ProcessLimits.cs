// The resource limits that bear on a process's address space.
namespace Growstack.Processes;

/// <summary>A process's resource limits, in bytes; <see cref="VmSystem.Infinity"/> for none. See setrlimit(2).</summary>
/// <param name="Stack">RLIMIT_STACK: how large the process stack may grow.</param>
/// <param name="Vmem">RLIMIT_VMEM: how large the map may be.</param>
/// <param name="Memlock">RLIMIT_MEMLOCK: how much may be wired.</param>
public readonly record struct ProcessLimits(ulong Stack, ulong Vmem, ulong Memlock)
{
    /// <summary>No limits.</summary>
    public static ProcessLimits Unlimited { get; } = new(VmSystem.Infinity, VmSystem.Infinity, VmSystem.Infinity);
}
