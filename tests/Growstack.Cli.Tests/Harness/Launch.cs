// One program to start, and what came out of it.
using System.Diagnostics;
using System.Text;

namespace Growstack.Cli.Tests.Harness;

/// <summary>What a program left: its exit status (128+n for signal n) and what it wrote.</summary>
internal sealed record Outcome(int Status, string Output, string Errors);

/// <summary>A program to start, with everything about it that must be the same natively and under growstack.</summary>
internal sealed record Launch
{
    public Launch(params string[] command) => Command = command;

    public string[] Command { get; init; }

    public string Input { get; init; } = "";

    public string? Directory { get; init; }

    /// <summary>Added to this process's environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>A main stack other than the inherited one, in bytes: natively by prlimit(1), under growstack by --stack.</summary>
    public long? Stack { get; init; }

    /// <summary>Beyond this the whole tree of processes is killed and the test fails: only hangs take so long.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(3);

    public override string ToString() => string.Join(' ', Command);

    /// <summary>Starts the program and waits for its end.</summary>
    public async Task<Outcome> RunAsync()
    {
        using var process = Start();
        using var expired = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        expired.CancelAfter(Limit);
        var output = new StringBuilder();
        var errors = new StringBuilder();
        var reading = Task.WhenAll(DrainAsync(process.StandardOutput, output), DrainAsync(process.StandardError, errors));
        try
        {
            try
            {
                await process.StandardInput.WriteAsync(Input.AsMemory(), expired.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // A program may end without reading its input.
            }

            await process.WaitForExitAsync(expired.Token);
            await reading.WaitAsync(expired.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{this} did not end within {Limit}.\nOutput so far:\n{Tail(output)}\nErrors so far:\n{Tail(errors)}");
        }

        return new Outcome(process.ExitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Starts the program; the caller ends it.</summary>
    public Process Start()
    {
        // Whatever the test host ignores, its programs start with default dispositions, as from a shell.
        var info = new ProcessStartInfo("env", ["--default-signal", .. Command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
            WorkingDirectory = Directory ?? "",
        };
        // The test platform's own variables would change what dotnet does in the program.
        foreach (string name in info.Environment.Keys.Where(IsTestPlatform).ToArray())
            info.Environment.Remove(name);
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        return Process.Start(info)!;
    }

    private static bool IsTestPlatform(string name) =>
        name.StartsWith("TESTINGPLATFORM_", StringComparison.Ordinal) || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_CLI_TEST_COMMAND_WORKING_DIRECTORY" or "DOTNET_HOST_PATH";

    private static async Task DrainAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[8192];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
            _ = to.Append(buffer, 0, read);
    }

    private static string Tail(StringBuilder text) => text.Length <= 2000 ? text.ToString() : text.ToString(text.Length - 2000, 2000);
}
