// Where the traces are.
namespace Growstack.Traces.Tests;

internal static class Repository
{
    /// <summary>A path in the repository that the tests were built from.</summary>
    internal static string PathOf(params string[] parts)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "growstack.slnx")))
            folder = folder.Parent;
        Assert.NotNull(folder);
        return Path.Combine([folder.FullName, .. parts]);
    }
}
