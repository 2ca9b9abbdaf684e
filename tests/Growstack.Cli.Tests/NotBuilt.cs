// Tests of what the house does not do yet.
namespace Growstack.Cli.Tests;

/// <summary>Skips a test whose subject is not built yet, and says what is missing.</summary>
internal static class NotBuilt
{
    public static void Skip(string what) => Assert.Skip("not built yet: " + what);
}
