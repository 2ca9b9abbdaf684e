// The stacks that other platforms give: for trying a program on them.
namespace Growstack.Cli;

/// <summary>What a platform gives a program that asks for nothing.</summary>
/// <param name="Name">As the option takes it.</param>
/// <param name="MainStack">The main stack's size in bytes; null leaves it to RLIMIT_STACK.</param>
/// <param name="ThreadStack">A thread's stack size in bytes.</param>
internal sealed record Platform(string Name, ulong? MainStack, ulong ThreadStack)
{
    private const ulong KiB = 1024;
    private const ulong MiB = 1024 * KiB;

    /// <summary>The platforms there are; docs/platforms.md says where the figures come from.</summary>
    public static IReadOnlyList<Platform> All { get; } =
    [
        new("musl", null, 128 * KiB),
        new("macos", 8 * MiB, 512 * KiB),
        new("openbsd", 4 * MiB, 512 * KiB),
        new("freebsd", 512 * MiB, 2 * MiB),
        new("windows", 1 * MiB, 1 * MiB),
    ];
}
