// Runs a program natively and under growstack, and compares everything that the program and its user can see.
using System.Globalization;

namespace Growstack.Cli.Tests.Harness;

/// <summary>A program run both ways, with the same outcome.</summary>
internal sealed record Proof(Outcome Native, Outcome Under, Summary Summary)
{
    /// <summary>Options that every compared run has beside its own, from the variable GROWSTACK_TEST_OPTIONS.</summary>
    internal static readonly string[] Always = (Environment.GetEnvironmentVariable("GROWSTACK_TEST_OPTIONS") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Runs the program both ways and fails unless exit status, output and errors are the same. Natively it must not fail by itself: 99 is the
    /// status of a test program that could not do its work.
    /// </summary>
    public static async Task<Proof> SameAsync(Launch launch, params string[] options)
    {
        var native = await NativelyAsync(launch);
        Assert.True(native.Status is not (99 or 127), $"{launch} cannot be run natively: {native.Status}\n{native.Output}\n{native.Errors}");
        var (under, summary) = await UnderAsync(launch, ["--quiet", .. options]);
        Assert.True(
            native == under,
            $"{launch}\nexit status natively {native.Status}, under growstack {under.Status}\n"
            + Difference("output", native.Output, under.Output) + Difference("errors", native.Errors, under.Errors));
        return new Proof(native, under, summary);
    }

    /// <summary>Runs the program natively.</summary>
    public static Task<Outcome> NativelyAsync(Launch launch)
    {
        if (launch.Stack is not { } stack)
            return launch.RunAsync();
        NeedStack(stack);
        return (launch with { Command = ["prlimit", $"--stack={stack.ToString(CultureInfo.InvariantCulture)}:", "--", .. launch.Command] }).RunAsync();
    }

    /// <summary>Runs the program under growstack and reads the summary for scripts.</summary>
    public static async Task<(Outcome Outcome, Summary Summary)> UnderAsync(Launch launch, params string[] options)
    {
        string json = Path.Combine(Path.GetTempPath(), $"growstack-{Guid.NewGuid():N}.json");
        string[] stack = launch.Stack is { } bytes ? ["--stack", bytes.ToString(CultureInfo.InvariantCulture)] : [];
        try
        {
            var outcome = await (launch with { Command = Command.Run([.. Always, .. options, .. stack, "--json", json], launch.Command) }).RunAsync();
            Assert.True(File.Exists(json), $"growstack wrote no --json file: exit status {outcome.Status}\n{outcome.Errors}");
            return (outcome, Summary.Read(json));
        }
        finally
        {
            File.Delete(json);
        }
    }

    /// <summary>Skips the test where the hard limit does not let anyone have such a stack.</summary>
    public static void NeedStack(long bytes)
    {
        if (bytes > Machine.HardStack && !Machine.IsRoot)
            Assert.Skip($"the hard limit of the stack is {Machine.HardStack} bytes here");
    }

    private static string Difference(string what, string native, string under)
    {
        if (native == under)
            return $"{what} the same: {Cut(native, 0)}\n";
        int at = 0;
        while (at < native.Length && at < under.Length && native[at] == under[at])
            at++;
        int from = Math.Max(0, native.LastIndexOf('\n', Math.Max(0, Math.Min(at, native.Length) - 1)));
        return $"{what} differ from character {at} on\nnatively:\n{Cut(native, from)}\nunder growstack:\n{Cut(under, Math.Min(from, under.Length))}\n";
    }

    private static string Cut(string text, int from) => text.Length - from <= 1500 ? text[from..] : text[from..(from + 1500)] + '…';
}
