// Programs that nobody here wrote, at work: the same output and exit status natively and under growstack.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class FamousProgramsTests
{
    [Theory]
    [InlineData("test_threading")]
    [InlineData("test_subprocess")]
    [InlineData("test_signal")]
    [InlineData("test_mmap")]
    [InlineData("test_faulthandler")]
    [InlineData("test_resource")]
    public async Task The_tests_of_CPython_end_as_natively(string module)
    {
        const string Python = "/usr/bin/python3";
        _ = Machine.Need(Python);
        if ((await new Launch(Python, "-c", $"import test.{module}").RunAsync()).Status != 0)
            Assert.Skip("the tests of CPython are not installed (libpython3-testsuite)");
        var launch = new Launch(Python, Path.Combine(AppContext.BaseDirectory, "Programs", "unittests.py"), module) { Limit = TimeSpan.FromMinutes(5) };
        // Both at the same time: these tests mostly wait.
        var running = Proof.NativelyAsync(launch);
        var (under, summary) = await Proof.UnderAsync(launch, "--quiet");
        var native = await running;
        string[] expected = Results(native), seen = Results(under);
        Assert.True(expected.Length > 5, $"only {expected.Length} tests ran natively:\n{native.Errors}");
        string[] differences = [.. expected.Except(seen).Select(line => "natively " + line), .. seen.Except(expected).Select(line => "under growstack " + line)];
        Assert.True(differences.Length == 0, string.Join('\n', differences) + "\n" + under.Errors);
        Assert.Equal(native.Status, under.Status);
        Assert.NotEmpty(summary.Mains);
    }

    [Theory]
    [InlineData("postgres", "/usr/bin/psql")]
    [InlineData("redis", "redis-server", "redis-benchmark")]
    [InlineData("nginx", "nginx", "ab", "python3")]
    [InlineData("java", "java", "javac")]
    [InlineData("dotnet", "dotnet")]
    [InlineData("go", "go", "gcc")]
    [InlineData("rust", "rustc", "gcc")]
    public async Task Work_as_natively(string script, params string[] needed)
    {
        foreach (string program in needed)
            _ = Machine.Need(program);
        var native = await Script(script, []);
        Assert.True(native.Output.Contains('\n', StringComparison.Ordinal), $"{script} does not work natively: {native.Status}\n{native.Errors}");
        var under = await Script(script, Command.Run([.. Proof.Always, "--quiet"], []));
        Assert.True(
            (native.Status, native.Output) == (under.Status, under.Output),
            $"natively {native.Status}\n{native.Output}{native.Errors}\nunder growstack {under.Status}\n{under.Output}{under.Errors}");
    }

    [Theory]
    [InlineData("stack", "6")]
    [InlineData("stackmmap", "20")]
    [InlineData("mmap", "20", "--mmap-bytes", "16M")]
    [InlineData("mremap", "50", "--mremap-bytes", "8M")]
    [InlineData("clone", "100")]
    [InlineData("fork", "300")]
    [InlineData("vfork", "300")]
    [InlineData("sigsegv", "300")]
    [InlineData("bad-altstack", "100")]
    public async Task The_stressors_of_stress_ng_succeed(string stressor, string operations, params string[] more)
    {
        string stress = Machine.Need("stress-ng");
        string directory = Fixtures.MakeDirectory("growstack-stress-");
        var launch = new Launch([stress, "--quiet", $"--{stressor}", "2", $"--{stressor}-ops", operations, "--timeout", "100", .. more]) { Directory = directory };
        var proof = await Proof.SameAsync(launch);
        Assert.Equal(0, proof.Under.Status);
        Assert.True(proof.Summary.Mains.Count() >= 3, "the stressor's processes are missing in the summary");
    }

    [Theory]
    [InlineData("address")]
    [InlineData("thread")]
    [InlineData("undefined")]
    public async Task The_compilers_sanitizers_find_nothing(string sanitizer)
    {
        // What looks for leaks does so by ptrace(2), which a traced program cannot have.
        var launch = new Launch(await Fixtures.Build("sanitized", sanitizer)) { Environment = new Dictionary<string, string?> { ["ASAN_OPTIONS"] = "detect_leaks=0" } };
        var proof = await Proof.SameAsync(launch);
        Assert.Equal(new Outcome(0, "8 threads\n", ""), proof.Under);
        Assert.True(proof.Summary.Mains.First().Growths > 0);
    }

    [Fact]
    public async Task A_tree_of_507_processes()
    {
        var proof = await Proof.SameAsync(new Launch(await Fixtures.Build("forktree"), "2", "22"));
        Assert.Equal("507 processes\n", proof.Under.Output);
        Assert.Equal(507, proof.Summary.Mains.Count());
        Assert.All(proof.Summary.Mains, stack => Assert.InRange(stack.Peak, 300 << 10, 512 << 10));
    }

    private static async Task<Outcome> Script(string name, string[] under)
    {
        string directory = Fixtures.MakeDirectory($"growstack-{name}-");
        return await new Launch("sh", Path.Combine(AppContext.BaseDirectory, "Programs", name + ".sh"), directory)
        {
            Environment = new Dictionary<string, string?> { ["UNDER"] = string.Join(' ', under) },
            Limit = TimeSpan.FromMinutes(6),
        }.RunAsync();
    }

    private static string[] Results(Outcome outcome) => [.. outcome.Output.Split('\n').Where(line => line.StartsWith("= ", StringComparison.Ordinal))];
}
