// What a thread is to its program, as far as its calls and the runtimes around it show.
using Growstack.Linux.Inspection;

namespace Growstack.Linux.Explaining;

/// <summary>Tells whose thread overflowed, where its name does not.</summary>
internal static class ThreadRole
{
    private static readonly (string Function, string Role)[] Starts =
    [
        ("gomp_thread_start", "an OpenMP worker"),
        ("__kmp_launch_worker", "an OpenMP worker"),
        ("std::sys::backtrace::__rust_begin_short_backtrace", "a Rust thread"),
        ("pythread_wrapper", "a Python thread"),
        ("thread_run", "a Python thread"),
        ("runtime.asmcgocall", "in C code that Go called"),
        ("v8::internal::", "a JavaScript thread"),
        ("execute_native_thread_routine", "a C++ thread"),
    ];

    /// <summary>The role in a few words; null when nothing tells, and for a main thread unless it runs another language's calls.</summary>
    public static string? Of(OverflowScene? scene)
    {
        if (scene is null)
            return null;
        if (scene.Kind == StackKind.Main)
            return Named(scene) is { } named && named.StartsWith("in ", StringComparison.Ordinal) ? named : null;
        return scene switch
        {
            { LimitOrigin: LimitOrigin.Java } => "a Java thread",
            _ when (scene.Runtimes & ProcessRuntime.DotNet) != 0 && Modules(scene).Contains("libcoreclr.so") => "a .NET thread",
            _ => Named(scene) ?? (scene.LimitOrigin == LimitOrigin.Program ? "on a stack of the program's own" : null),
        };
    }

    private static string? Named(OverflowScene scene)
    {
        var functions = scene.Chain?.Parts.SelectMany(part => part.Frames).Select(frame => frame.Function).OfType<string>().ToList() ?? [];
        return Starts.FirstOrDefault(start => functions.Any(function => function.StartsWith(start.Function, StringComparison.Ordinal))).Role;
    }

    private static IEnumerable<string?> Modules(OverflowScene scene) =>
        scene.Chain?.Parts.SelectMany(part => part.Frames).Select(frame => System.IO.Path.GetFileName(frame.Module)) ?? [];
}
