// What the tests share: compiling the C programs, and running something under the engine with its output captured.
using System.Diagnostics;
using System.Runtime.CompilerServices;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace Growstack.Linux.Tests;

/// <summary>Compiles fixtures once, and runs programs under the engine.</summary>
internal static class Fixture
{
    private static readonly Lock Compiling = new();
    private static readonly string Folder = MakeFolder();

    /// <summary>A folder that is removed when the tests end.</summary>
    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("growstack-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    /// <summary>The path of a compiled fixture; skips the test where there is no compiler.</summary>
    internal static string Compile(string name, params string[] options)
    {
        string target = Path.Combine(Folder, name + string.Concat(options).Replace("/", "", StringComparison.Ordinal));
        lock (Compiling)
        {
            if (File.Exists(target))
                return target;
            if (FindTool("gcc") is not { } compiler)
            {
                Assert.Skip("gcc is not installed");
                return "";
            }

            using var process = Process.Start(new ProcessStartInfo(compiler, ["-O1", "-fno-optimize-sibling-calls", "-pthread", .. options, "-o", target, SourceOf(name)]) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                Assert.Fail(errors);
            return target;
        }
    }

    internal static string? FindTool(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The path of a tool, or the test is skipped.</summary>
    internal static string RequireTool(string name)
    {
        string? path = FindTool(name);
        if (path is null)
            Assert.Skip(name + " is not installed");
        return path;
    }

    /// <summary>Whether runs follow all memory and compare the map with the kernel's: with --verify in the variable GROWSTACK_TEST_OPTIONS.</summary>
    internal static bool Verify { get; } = Environment.GetEnvironmentVariable("GROWSTACK_TEST_OPTIONS")?.Contains("--verify", StringComparison.Ordinal) == true;

    internal static string NewFile() => Path.Combine(Folder, Path.GetRandomFileName());

    /// <summary>Runs a program under the engine. Its standard output goes to a file by way of a shell that becomes the program.</summary>
    internal static Traced Run(IReadOnlyList<string> command, Func<RunOptions, RunOptions>? adjust = null, IRunObserver? observer = null)
    {
        string output = NewFile();
        var options = new RunOptions { Command = ["/bin/sh", "-c", "exec \"$0\" \"$@\" > " + output + " 2>&1 < /dev/null", .. command], Verify = Verify };
        var result = TracedRun.Run(adjust is null ? options : adjust(options), observer);
        if (result.Status == RunStatus.TracingForbidden)
            Assert.Skip(result.Message!);
        Assert.True(result.Status != RunStatus.Failed, result.Message);
        string text = File.Exists(output) ? File.ReadAllText(output) : "";
        File.Delete(output);
        return new Traced(result, text);
    }

    /// <summary>Runs a program natively.</summary>
    internal static (int ExitCode, string Output) RunNatively(IReadOnlyList<string> command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string SourceOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Programs", name + ".c");
}

/// <summary>A finished run and what the program printed.</summary>
internal sealed record Traced(RunResult Result, string Output)
{
    /// <summary>The report of the program itself: the last image of the first process.</summary>
    internal ProcessReport Program => Result.Processes.Last(p => p.Pid == Result.Processes[0].Pid);
}
