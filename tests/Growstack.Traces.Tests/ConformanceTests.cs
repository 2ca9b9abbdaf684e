// Every recorded trace replays without a divergence, and the map is consistent all the way.
namespace Growstack.Traces.Tests;

public class ConformanceTests
{
    public static TheoryData<string, string> Traces
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var release in new[] { "freebsd10", "freebsd12" })
            {
                foreach (var file in Directory.EnumerateFiles(Repository.PathOf("conformance", release), "*.trace.gz").Order())
                    data.Add(release, Path.GetFileName(file));
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Replays(string release, string file)
    {
        var result = Replayer.ReplayFile(Repository.PathOf("conformance", release, file), new ReplayOptions { CheckConsistency = true });
        Assert.Null(result.First);
        Assert.Equal(0, result.Divergences);
        Assert.True(result.Operations > 0);
    }

    [Fact]
    public void There_are_traces_of_every_profile() => Assert.Equal(22, Traces.Count);
}
