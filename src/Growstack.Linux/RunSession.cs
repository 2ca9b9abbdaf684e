// One run from start to result, on the tracer's thread.
using Growstack.Linux.Launching;
using Growstack.Linux.Native;
using Growstack.Linux.Tracing;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux;

/// <summary>Launches the program, follows it, and turns what happened into a <see cref="RunResult"/>.</summary>
internal sealed class RunSession(RunOptions options, IRunObserver? observer)
{
    private const int MaximumGuardPages = 65536;
    private const string Shell = "/bin/sh";

    /// <summary>Refuses options out of range.</summary>
    internal static void Validate(RunOptions options)
    {
        if (options.Command.Count == 0 && options.RawCommand is not { Count: > 0 })
            throw new ArgumentException("There is no program to run.", nameof(options));
        if (options.StackGrowthSize is 0 or > long.MaxValue)
            throw new ArgumentException("The stack growth size must be at least 1.", nameof(options));
        if (options.GuardPages is < 0 or > MaximumGuardPages)
            throw new ArgumentException($"The guard must be 0 to {MaximumGuardPages} pages.", nameof(options));
        if (options.StackLimit is 0)
            throw new ArgumentException("The stack limit must be at least 1.", nameof(options));
    }

    /// <summary>Runs to the end of the last process.</summary>
    internal RunResult Run()
    {
        try
        {
            return RunProgram();
        }
#pragma warning disable CA1031 // Whatever goes wrong in the tracer must reach the user as a result: an unhandled exception would kill the host.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Failure(RunStatus.Failed, "growstack failed: " + (e is TracerException ? e.Message : e.ToString()));
        }
    }

    private RunResult RunProgram()
    {
        var command = options.RawCommand is { Count: > 0 } raw ? raw : [.. options.Command.Select(SystemText.Bytes)];
        string name = SystemText.Text(command[0]);
        if (name.Length == 0)
            return Failure(RunStatus.NotFound, "The program's name is empty.");
        string? searchPath = options.Environment is { } set ? set.GetValueOrDefault("PATH") : Environment.GetEnvironmentVariable("PATH");
        if (ProgramPath.Find(command[0], searchPath, out int error) is not { } path)
            return NotStarted(name, error);
        var result = Attempt(name, path, command, out error);
        if (result is null && error == Errno.ENOEXEC)
        {
            // A script without "#!": as execvp(3), give it to the shell.
            List<byte[]> arguments = [SystemText.Bytes(Shell), path, .. command.Skip(1)];
            result = Attempt(name, SystemText.Bytes(Shell), arguments, out error);
        }

        return result ?? NotStarted(name, error);
    }

    /// <summary>Starts one file and follows it to the end; null with the error of execve when it did not become a program.</summary>
    private RunResult? Attempt(string name, byte[] path, IReadOnlyList<byte[]> arguments, out int execError)
    {
        execError = 0;
        if (!TryStackLimit(out var limit))
            return Failure(RunStatus.Failed, "The stack limit asked for is above the hard limit (ulimit -Hs), which only a privileged user can raise.");
        SignalSetup.QuietChildStops();
        using var forwarder = options.ForwardSignals ? new SignalForwarder() : null;
        var filter = SeccompFilter.Build(ThreadStacks.WindowStart, ThreadStacks.WindowEnd, AddressSpace.MainStacks, followMappings: options.FollowsAllMemory);
        IReadOnlyList<byte[]>? environment = options.Environment is { } set ? [.. set.Select(pair => SystemText.Bytes(pair.Key + "=" + pair.Value))] : null;
        using var launcher = Launcher.Start(path, arguments, environment, limit, options.IgnoreBrokenPipe, filter, out var failure, out int error);
        if (launcher is null)
        {
            return failure == LaunchFailure.Tracing
                ? Failure(RunStatus.TracingForbidden, TracingDiagnosis.WhyNoTracing(error))
                : Failure(RunStatus.Failed, $"{name} could not be started: {Errno.Describe(error)}.");
        }

        if (forwarder is not null)
            forwarder.Target = launcher.Pid;
        using var loop = new TraceLoop(options, NewSystem(), observer, launcher.Pid, () => forwarder?.Dispose()) { MayBegin = () => launcher.FilterError == 0 && launcher.LimitError == 0 };
        try
        {
            loop.Run();
        }
#pragma warning disable CA1031 // As above; but first nothing may stay behind half traced.
        catch (Exception e)
#pragma warning restore CA1031
        {
            loop.KillAll();
            string message = "growstack failed and ended the program: " + (e is TracerException ? e.Message : e.ToString());
            return Failure(RunStatus.Failed, message) with { Processes = loop.Reports, Statistics = loop.Statistics };
        }

        if (!loop.Started)
        {
            if (launcher.FilterError != 0)
                return Failure(RunStatus.TracingForbidden, TracingDiagnosis.WhyNoFilter(launcher.FilterError));
            if (launcher.LimitError != 0)
                return Failure(RunStatus.Failed, $"The system refuses to set the stack limit asked for ({Errno.Describe(launcher.LimitError)}); the hard limit is shown by ulimit -Hs.");
            if (launcher.ExecError != 0)
            {
                execError = launcher.ExecError;
                return null;
            }
        }

        return loop.RootEnd is { } end
            ? new RunResult
            {
                Status = end.Exited ? RunStatus.Exited : RunStatus.Signaled,
                ExitStatus = end.Exited ? end.ExitStatus : 0,
                Signal = end.Exited ? 0 : end.EndSignal,
                Processes = loop.Reports,
                Statistics = loop.Statistics,
            }
            : Failure(RunStatus.Failed, "The program's end was not seen.");
    }

    private VmSystem NewSystem()
    {
        var system = new VmSystem(options.Release) { StackGrowthSize = VmPage.RoundUp(options.StackGrowthSize) };
        if (options.GuardPages is { } pages)
            system.GuardPages = pages;
        return system;
    }

    /// <summary>The RLIMIT_STACK to start the program with; null leaves this process's own.</summary>
    private unsafe bool TryStackLimit(out ResourceLimit? limit)
    {
        limit = null;
        if (options.StackLimit is not { } bytes)
            return true;
        ResourceLimit own = default;
        _ = Libc.GetRlimit(ResourceLimit.Stack, &own);
        ulong wanted = bytes >= long.MaxValue ? ResourceLimit.Infinity : VmPage.RoundUp(bytes);
        if (wanted > own.Hard && !TracingDiagnosis.MayRaiseLimits)
            return false;
        limit = new ResourceLimit { Soft = wanted, Hard = Math.Max(own.Hard, wanted) };
        return true;
    }

    private static RunResult NotStarted(string name, int error) => error is Errno.ENOENT
        ? Failure(RunStatus.NotFound, $"{name}: {Errno.Describe(error)}")
        : Failure(RunStatus.NotExecutable, $"{name}: {(Directory.Exists(name) ? "it is a directory" : Errno.Describe(error))}");

    private static RunResult Failure(RunStatus status, string message) => new() { Status = status, Message = message };
}
