// Finds the growstack to be tested.
namespace Growstack.Cli.Tests.Harness;

/// <summary>The growstack under test: the published binary that GROWSTACK_BIN names, or the one built beside the tests.</summary>
internal static class Command
{
    private static readonly string[] Words = Locate();

    /// <summary>The command line of <c>growstack run</c> with these options for this program.</summary>
    public static string[] Run(IEnumerable<string> options, IEnumerable<string> program) => [.. Words, "run", .. options, "--", .. program];

    /// <summary>The command line of growstack with these words.</summary>
    public static string[] Plain(params string[] words) => [.. Words, .. words];

    private static string[] Locate()
    {
        string? named = Environment.GetEnvironmentVariable("GROWSTACK_BIN");
        if (!string.IsNullOrEmpty(named))
            return File.Exists(named) ? [Path.GetFullPath(named)] : throw new FileNotFoundException("GROWSTACK_BIN names no file", named);
        string host = Path.Combine(AppContext.BaseDirectory, "Growstack.Cli");
        return File.Exists(host) ? [host] : ["dotnet", host + ".dll"];
    }
}
