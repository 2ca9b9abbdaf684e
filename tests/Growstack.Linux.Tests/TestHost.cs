// This test program as a stand-in for the growstack command: some tests need a tracer that they can kill, signal, or run as another user.
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Growstack.Linux.Tests;

/// <summary>With its variable set, this program runs its arguments under the engine and exits, before any test framework starts.</summary>
internal static class TestHost
{
    private const string Variable = "GROWSTACK_TEST_HOST";

#pragma warning disable CA2255 // Not a library: the initializer is this program's way to be two programs.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            return;
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(e => (string)e.Key != Variable).ToDictionary(e => (string)e.Key, e => (string)e.Value!);
        var result = TracedRun.Run(new RunOptions { Command = Environment.GetCommandLineArgs()[1..], Environment = environment, ForwardSignals = true, Verify = true });
        Console.Error.WriteLine($"{result.Status} {result.Message} images={result.Processes.Count} unmanaged={result.Processes.Count(p => p.Unmanaged is not null)}");
        Environment.Exit(result.SuggestedExitCode);
    }

    /// <summary>Starts a program under the engine in a process of its own.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="prefix">What is put before: a command that starts another, as setpriv(1).</param>
    internal static Process Start(IReadOnlyList<string> command, params string[] prefix)
    {
        string[] all = [.. prefix, Environment.ProcessPath!, .. command];
        var info = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        info.Environment[Variable] = "1";
        return Process.Start(info)!;
    }
}
