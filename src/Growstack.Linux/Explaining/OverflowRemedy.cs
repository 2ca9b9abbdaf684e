// What to do about an overflow, in the world the program comes from.
using Growstack.Linux.Inspection;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Explaining;

/// <summary>Advises, the most likely help first.</summary>
internal static class OverflowRemedy
{
    /// <summary>The advice for one overflow, a sentence each.</summary>
    public static IEnumerable<string> For(OverflowScene scene, OverflowCause cause)
    {
        if (cause.Recursion is not null && (scene.Runtimes & ProcessRuntime.Python) != 0)
            yield return "If Python code was not meant to recurse so deep, a lower sys.setrecursionlimit() gives a RecursionError, which names its functions.";
        else if (cause.Recursion is { } recursion && !IsUnnamed(recursion.Frames[0]))
            yield return $"If it was not meant to go so deep, look for what should have ended the recursion in {ChainText.Name(recursion.Frames[0])}.";
        if (cause.LargeFrame is { } frame)
            yield return Fortran(scene)
                ? $"Make the large local arrays of {ChainText.Name(frame)} allocatable, or compile without -frecursive and -fopenmp for static ones."
                : $"Put the large local variables of {ChainText.Name(frame)} on the heap; gcc -Wframe-larger-than=SIZE finds such functions.";
        yield return scene.Kind == StackKind.Main ? MainStack(scene, cause.Suggested) : ThreadStack(scene, cause.Suggested);
        if (scene.Kind == StackKind.Main && Deeper(scene, cause.Suggested) is { } instead)
            yield return instead;
        if (scene.LimitOrigin is not (LimitOrigin.Neighbour or LimitOrigin.Program or LimitOrigin.Java))
        {
            string option = scene.Kind == StackKind.Main ? "--stack" : "--thread-stack";
            yield return $"To try that first: growstack run {option} {Figures.Option(cause.Suggested)} -- PROGRAM; or with --explain, which says how much would do.";
        }

        if ((scene.Runtimes & ProcessRuntime.Java) != 0 && scene.HasHandler)
            yield return "The JVM's handler makes a StackOverflowError of this, which names the Java methods.";
        if ((scene.Runtimes & ProcessRuntime.DotNet) != 0 && scene.HasHandler)
            yield return "The message of the .NET runtime itself names the managed methods.";
        if (LacksNames([.. Frames(scene), scene.Instruction]))
            yield return NamesOfRunTimeCode(scene.Runtimes);
        if (scene.Instruction.Module is null)
            yield break;
        if (scene.Chain is { StrippedModules.Count: > 0 })
            yield return "For names and lines, install the debug symbols of the stripped modules, or build them with -g.";
        else if (scene.Chain is not null && Frames(scene).All(f => f.SourceFile is null))
            yield return "For source lines, build with -g.";
    }

    // Code made at run time; of functions that V8 interprets its interpreter is all that is seen.
    private static bool IsUnnamed(CallFrame frame) => frame is { Function: null, Module: null } || IsInterpreter(frame);

    private static bool IsInterpreter(CallFrame frame) => frame.Function?.StartsWith("Builtins_Interpreter", StringComparison.Ordinal) == true;

    private static bool LacksNames(CallFrame[] frames) =>
        frames.Any(frame => frame is { Function: null, Module: null }) || (frames.Any(IsInterpreter) && !frames.Any(frame => frame is { Function: not null, Module: null }));

    private static string NamesOfRunTimeCode(ProcessRuntime runtimes) => runtimes switch
    {
        _ when (runtimes & ProcessRuntime.DotNet) != 0 => "For the names of methods here too: DOTNET_PerfMapEnabled=1 in the environment.",
        _ when (runtimes & ProcessRuntime.Node) != 0 => "For the names of JavaScript functions: node --perf-basic-prof --interpreted-frames-native-stack",
        _ when (runtimes & ProcessRuntime.Java) != 0 =>
            "For the Java calls here too: java -XX:+PreserveFramePointer; and for names of compiled methods, jcmd PID Compiler.perfmap while the program runs.",
        _ => "Code made at run time has names where its maker writes them to /tmp/perf-PID.map, as for perf(1).",
    };

    private static string MainStack(OverflowScene scene, ulong size) => scene.LimitOrigin switch
    {
        LimitOrigin.Neighbour => "The main stack cannot be larger here: do the deep work on a thread with a stack of its own.",
        _ => $"For a main stack of {Figures.Bytes(size)}, start the program after: ulimit -s {size >> 10}",
    };

    private static string? Deeper(OverflowScene scene, ulong size) => scene switch
    {
        { Runtimes: var runtimes } when (runtimes & ProcessRuntime.DotNet) != 0 => $"Or do the deep work on another thread: new Thread(start, maxStackSize: {size})",
        { Runtimes: var runtimes } when (runtimes & ProcessRuntime.Python) != 0 => $"Or do the deep work on another thread, after threading.stack_size({size}).",
        _ when Rust(scene) => $"Or do the deep work on another thread: std::thread::Builder::new().stack_size({size})",
        _ => null,
    };

    private static string ThreadStack(OverflowScene scene, ulong size)
    {
        string creator = $"pthread_attr_setstacksize(&attr, {size}) before pthread_create";
        string give = $"For {Figures.Bytes(size)}: ";
        if (scene.LimitOrigin == LimitOrigin.Program)
            return $"{give}map more where the program makes this stack (a coroutine's, or one it gives to a thread).";
        if ((scene.Runtimes & ProcessRuntime.Java) != 0)
            return $"{give}java -Xss{Figures.Option(size)}, or the stackSize argument of Thread's constructor.";
        if ((scene.Runtimes & ProcessRuntime.DotNet) != 0)
            return $"{give}new Thread(start, maxStackSize: {size}), or for all threads DOTNET_Thread_DefaultStackSize={size:x} (hexadecimal).";
        if ((scene.Runtimes & ProcessRuntime.OpenMP) != 0 && (scene.Chain is null || Calls(scene, "gomp_", "GOMP_", "_omp_fn", "__kmp")))
            return $"{give}OMP_STACKSIZE={Figures.Option(size)} in the environment.";
        if ((scene.Runtimes & ProcessRuntime.Python) != 0)
            return $"{give}threading.stack_size({size}) before the thread starts.";
        if (Rust(scene))
            return $"{give}RUST_MIN_STACK={size} in the environment, or std::thread::Builder::new().stack_size({size}).";
        return scene.LimitOrigin switch
        {
            LimitOrigin.MuslDefault => $"{give}{creator}, or link with -Wl,-z,stack-size={size}: that becomes musl's default.",
            LimitOrigin.GlibcDefault when (scene.Runtimes & ProcessRuntime.Go) != 0 => $"{give}start the program after: ulimit -s {size >> 10} (C code that Go calls runs on threads of glibc's default size).",
            LimitOrigin.GlibcDefault => $"{give}{creator}, or start the program after: ulimit -s {size >> 10}",
            _ => $"{give}{creator}.",
        };
    }

    private static bool Rust(OverflowScene scene) => Calls(scene, "std::rt::", "std::sys::", "__rust_", "core::ops::function::");

    private static bool Fortran(OverflowScene scene) =>
        Calls(scene, "MAIN__") || Frames(scene).Any(f => System.IO.Path.GetExtension(f.SourceFile) is { } kind && kind.StartsWith(".f", StringComparison.OrdinalIgnoreCase));

    private static bool Calls(OverflowScene scene, params string[] words) =>
        Frames(scene).Any(frame => frame.Function is { } function && words.Any(word => function.Contains(word, StringComparison.Ordinal)));

    private static IEnumerable<CallFrame> Frames(OverflowScene scene) => scene.Chain?.Parts.SelectMany(p => p.Frames) ?? [];
}
