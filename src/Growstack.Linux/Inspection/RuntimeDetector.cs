// Recognises, by what is mapped, the runtimes that decide how stacks are laid out.
namespace Growstack.Linux.Inspection;

internal static class RuntimeDetector
{
    // A mapped file's name starts like this.
    private static readonly (string Prefix, ProcessRuntime Runtime)[] Files =
    [
        ("libc.so.6", ProcessRuntime.Glibc),
        ("libc-2.", ProcessRuntime.Glibc),
        ("ld-musl-", ProcessRuntime.Musl),
        ("libjvm.so", ProcessRuntime.Java),
        ("libcoreclr.so", ProcessRuntime.DotNet),
        ("libpython", ProcessRuntime.Python),
        ("python", ProcessRuntime.Python),
        ("libgomp.so", ProcessRuntime.OpenMP),
        ("libomp.so", ProcessRuntime.OpenMP),
        ("libiomp5.so", ProcessRuntime.OpenMP),
        ("libnode.so", ProcessRuntime.Node),
    ];

    public static ProcessRuntime Detect(RegionMap regions)
    {
        const ulong GoArena = 0xc0_0000_0000;
        var found = ProcessRuntime.None;
        foreach (var region in regions.Regions)
        {
            // Go names its heap since 1.24; before, its fixed address gives it away.
            if (region.Name.Contains("Go: heap", StringComparison.Ordinal) || (region.Start == GoArena && !region.FromFile))
                found |= ProcessRuntime.Go;
            if (!region.FromFile)
                continue;

            var file = Path.GetFileName(region.Name.AsSpan());
            foreach (var (prefix, runtime) in Files)
            {
                if (file.StartsWith(prefix))
                    found |= runtime;
            }

            if (file is "node")
                found |= ProcessRuntime.Node;
        }

        return found;
    }
}
