// Compiles and runs the small C programs the tests look at from outside.
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Growstack.Linux.Tests.Fixtures;

/// <summary>A C or C++ program of the folder Programs, compiled once for each set of flags.</summary>
internal static class CProgram
{
    private static readonly Dictionary<string, string> Compiled = [];
    private static readonly Lock Gate = new();

    /// <summary>Compiles a source file; skips the test where the compiler is missing.</summary>
    /// <param name="source">The file's name in the folder.</param>
    /// <param name="flags">Compiler flags, separated by spaces.</param>
    /// <param name="compiler">The compiler.</param>
    /// <returns>The program's path.</returns>
    public static string Build(string source, string flags, string compiler = "gcc")
    {
        lock (Gate)
        {
            var key = $"{compiler} {flags} {source}";
            if (Compiled.TryGetValue(key, out var path))
                return path;

            _ = Fixture.RequireTool(compiler);

            var directory = Directory.CreateTempSubdirectory("growstack-fixture-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
            path = Path.Combine(directory, Path.GetFileNameWithoutExtension(source));
            var start = new ProcessStartInfo(compiler, [.. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), SourceOf(source), "-o", path])
            {
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var messages = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{key}: {messages}");
            return Compiled[key] = path;
        }
    }

    /// <summary>Starts a program and reads its output up to the line <c>ready</c>.</summary>
    public static RunningFixture Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var fixture = new RunningFixture(process);
        while (process.StandardOutput.ReadLine() is { } line && line != "ready")
            fixture.Lines.Add(line);
        return fixture;
    }

    /// <summary>The path of a file in the folder Programs.</summary>
    public static string SourceOf(string source, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "Programs", source));
}

/// <summary>A program that waits; disposing of it ends it.</summary>
internal sealed class RunningFixture(Process process) : IDisposable
{
    public List<string> Lines { get; } = [];

    public int Id => process.Id;

    public Process Process => process;

    public void Dispose()
    {
        try
        {
            process.Kill();
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It had ended by itself.
        }

        process.Dispose();
    }
}
