// The entry point: runs a program on managed stacks.
namespace Growstack.Linux;

/// <summary>Runs an unmodified Linux x86-64 program, and every process it starts, on stacks that a <c>VmMap</c> reserves, grows and limits.</summary>
/// <remarks>
/// The tracer has a thread of its own, unless <see cref="RunOptions.OnCallingThread"/> says otherwise, which makes every ptrace(2) call and waits for its
/// tracees only: other children of this process are never reaped. Where it may hear of the kernel's writes to stacks, another thread listens for them, and one
/// real-time signal that this process has left at its default is handled meanwhile. Standard streams, working directory, terminal and process group are this
/// process's own. The tracees die with this process.
/// </remarks>
public static class TracedRun
{
    /// <summary>Whether this system is one that <see cref="Run"/> works on: Linux on x86-64.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="options">What to run and how.</param>
    /// <param name="observer">Told of what happens, or null.</param>
    /// <returns>How the run ended; what goes wrong with the program or the system is a result, not an exception.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException"><see cref="IsSupported"/> is false.</exception>
    public static RunResult Run(RunOptions options, IRunObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!IsSupported)
            throw new PlatformNotSupportedException("growstack runs programs on Linux x86-64 only.");
        RunSession.Validate(options);

        if (options.OnCallingThread)
            return new RunSession(options, observer).Run();

        // A thread of its own: ptrace binds tracees to a thread, and waiting by thread never reaps what other threads started.
        RunResult? result = null;
        var thread = new Thread(() => result = new RunSession(options, observer).Run()) { Name = "growstack tracer", IsBackground = true };
        thread.Start();
        thread.Join();
        return result!;
    }
}
