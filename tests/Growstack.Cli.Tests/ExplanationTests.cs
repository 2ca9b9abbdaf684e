// What is said of a stack overflow, for programs of many worlds, held against golden texts.
using System.Text.RegularExpressions;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

/// <summary>
/// Golden/NAME.txt holds the block as it is printed, with what differs from run to run normalised. A line of three dots stands for any lines, and
/// three dots inside a line for any text: what depends on the version of a library or compiler.
/// </summary>
public sealed partial class ExplanationTests
{
    private static readonly string Programs = Path.Combine(AppContext.BaseDirectory, "Programs", "explained");

    [Theory]
    [InlineData("c-main", "main", "-g")]
    [InlineData("c-thread", "thread", "-g")]
    [InlineData("c-frame", "frame", "-g")]
    [InlineData("c-no-lines", "main")]
    [InlineData("c-stripped", "main", "-s")]
    public async Task C(string golden, string where, params string[] flags) =>
        await IsExplained(golden, [await Compile("gcc", "deep.c", ["-O1", "-pthread", .. flags]), where]);

    [Fact]
    public async Task C_with_musl() =>
        await IsExplained("c-musl", [await Compile("musl-gcc", "deep.c", "-O1", "-g", "-static"), "thread"]);

    [Fact]
    public async Task Cxx() => await IsExplained("cxx", [await Compile("g++", "deep.cpp", "-O1", "-g")]);

    [Theory]
    [InlineData]
    [InlineData("-C", "symbol-mangling-version=v0")]
    public async Task Rust(params string[] flags) => await IsExplained("rust", [await Compile("rustc", "deep.rs", ["-O", "-g", .. flags])]);

    [Fact]
    public async Task Fortran_with_OpenMP() =>
        await IsExplained("fortran-thread", [await Compile("gfortran", "heat.f90", "-fopenmp", "-g")], [], ("OMP_NUM_THREADS", "2"));

    [Fact]
    public async Task Go_that_calls_C()
    {
        _ = Machine.Need("gcc");
        string go = Machine.Need("go"), directory = Fixtures.MakeDirectory("growstack-explained-");
        File.Copy(Path.Combine(Programs, "deep.go.txt"), Path.Combine(directory, "main.go"));
        await File.WriteAllTextAsync(Path.Combine(directory, "go.mod"), "module example.org/deep\n\ngo 1.19\n", TestContext.Current.CancellationToken);
        var built = await new Launch(go, "build", "-o", "deep", ".")
        {
            Directory = directory,
            Environment = new Dictionary<string, string?> { ["GOCACHE"] = Path.Combine(directory, "cache"), ["GOFLAGS"] = "-mod=mod", ["CGO_ENABLED"] = "1" },
        }.RunAsync();
        Assert.True(built.Status == 0, built.Errors);
        await IsExplained("go", [Path.Combine(directory, "deep")]);
    }

    [Fact]
    public async Task Java()
    {
        string java = Machine.Need("java"), directory = Fixtures.MakeDirectory("growstack-explained-");
        var built = await new Launch(Machine.Need("javac"), "-d", directory, Path.Combine(Programs, "Deep.java")).RunAsync();
        Assert.True(built.Status == 0, built.Errors);
        await IsExplained("java", [java, "-Xint", "-cp", directory, "Deep"]);
    }

    [Theory]
    [InlineData("python-main")]
    [InlineData("python-thread", "thread")]
    public async Task Python(string golden, params string[] words)
    {
        const string Python = "/usr/bin/python3";
        var version = await new Launch(Machine.Need(Python), "-c", "import sys; sys.exit(sys.version_info >= (3, 12))").RunAsync();
        if (version.Status != 0)
            Assert.Skip("this Python limits its recursion through C by itself (3.12 and later)");
        await IsExplained(golden, [Python, Path.Combine(Programs, "deep.py"), .. words]);
    }

    [Theory]
    [InlineData("node", "--perf-basic-prof")]
    [InlineData("node-no-names")]
    public async Task Node(string golden, params string[] options) =>
        await IsExplained(golden, [Machine.Need("node"), "--stack-size=100000", .. options, "deep.js"]);

    [Fact]
    public Task DotNet_with_a_perf_map() => DotNet("dotnet-names");

    [Theory]
    [InlineData("dotnet-main")]
    [InlineData("dotnet-thread", "thread")]
    public async Task DotNet(string golden, params string[] words)
    {
        string dotnet = Machine.Need("dotnet"), directory = Fixtures.MakeDirectory("growstack-explained-");
        string core = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string root = Path.GetFullPath(Path.Combine(core, "../../.."));
        string? compiler = Directory.Exists(Path.Combine(root, "sdk"))
            ? Directory.GetFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).FirstOrDefault()
            : null;
        if (compiler is null)
            Assert.Skip("the SDK has no csc.dll beside the runtime that runs these tests");
        string[] references = [.. new[] { "System.Private.CoreLib", "System.Runtime", "System.Console", "System.Threading" }.Select(name => $"-r:{core}/{name}.dll")];
        string target = Path.Combine(directory, "deep.dll");
        var built = await new Launch([dotnet, compiler, "-nologo", "-out:" + target, .. references, Path.Combine(Programs, "deep.cs.txt")]).RunAsync();
        Assert.True(built.Status == 0, built.Output + built.Errors);
        await File.WriteAllTextAsync(Path.ChangeExtension(target, ".runtimeconfig.json"),
            """{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"10.0.0"}}}""", TestContext.Current.CancellationToken);
        await IsExplained(golden, [dotnet, target, .. words], [], ("DOTNET_PerfMapEnabled", golden == "dotnet-names" ? "1" : "0"));
    }

    [Fact]
    public async Task Without_libdw_the_package_is_named_and_return_addresses_are_found()
    {
        string program = await Compile("gcc", "deep.c", "-O1", "-g", "-pthread");
        string script = "mount --bind /dev/null \"$(realpath /usr/lib/x86_64-linux-gnu/libdw.so.1)\" && exec \"$@\"";
        string[] apart = ["unshare", "--mount", "sh", "-c", script, "sh"];
        if ((await new Launch([.. apart, "true"]).RunAsync()).Status != 0)
            Assert.Skip("this user may not hide libdw1 in a mount namespace of its own");
        await IsExplained("no-libdw", [program, "main"], apart);
    }

    [Fact]
    public async Task An_overflow_that_the_program_handles_is_told_from_one_that_ends_it()
    {
        var (outcome, summary) = await Proof.UnderAsync(new Launch(await Fixtures.Build("caught"), "main", "5"));
        Assert.Equal(0, outcome.Status);
        Assert.Contains("Its handler for SIGSEGV was called; the program went on and ended with status 0.", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("another stack overflow in caught", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("\"hasHandler\": true", summary.Text, StringComparison.Ordinal);
    }

    private static async Task IsExplained(string golden, string[] program, string[]? before = null, params (string Name, string Value)[] environment)
    {
        if (!OperatingSystem.IsLinux() || (golden != "no-libdw" && !File.Exists("/usr/lib/x86_64-linux-gnu/libdw.so.1")))
            Assert.Skip("libdw1 is not installed");
        var outcome = await new Launch([.. before ?? [], .. Command.Run(["--stack", "8M"], program)])
        {
            Directory = Programs,
            Environment = environment.ToDictionary(pair => pair.Name, pair => (string?)pair.Value),
        }.RunAsync();
        string[] seen = Normalise(outcome.Errors);
        string[] expected = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Golden", golden + ".txt"), TestContext.Current.CancellationToken);
        string pattern = "^" + string.Concat(expected.Select(line => line == "..." ? "(?:.*\n)*?" : Regex.Escape(line).Replace(@"\.\.\.", ".*", StringComparison.Ordinal) + "\n")) + "$";
        Assert.True(Regex.IsMatch(string.Join('\n', seen) + "\n", pattern), $"{golden}: exit status {outcome.Status}\n{string.Join('\n', seen)}");
    }

    /// <summary>The blocks of overflows, without what differs from run to run.</summary>
    private static string[] Normalise(string errors)
    {
        string text = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(errors));
        int start = text.IndexOf("growstack: stack overflow", StringComparison.Ordinal);
        Assert.True(start >= 0, "no overflow was reported:\n" + text);
        return [.. text[start..].TrimEnd('\n').Split('\n').Select(line =>
        {
            line = Address().Replace(line, "0xA");
            line = Id().Replace(line, "(ID)");
            line = Times().Replace(line, "N $1");
            if (!line.StartsWith("  Limit", StringComparison.Ordinal) && !line.StartsWith("    - ", StringComparison.Ordinal))
                line = Size().Replace(line, "SIZE");
            return Gap().Replace(line, "$1  ");
        })];
    }

    private static Task<string> Compile(string compiler, string source, params string[] flags)
    {
        _ = Machine.Need(compiler);
        return CompileInto(Path.Combine(Fixtures.MakeDirectory("growstack-explained-"), "deep"));

        async Task<string> CompileInto(string target)
        {
            // By its name alone: debug information then names the source as it is given here.
            var outcome = await new Launch([compiler, .. flags, "-o", target, source]) { Directory = Programs }.RunAsync();
            Assert.True(outcome.Status == 0, $"{source} does not compile:\n{outcome.Errors}");
            return target;
        }
    }

    [GeneratedRegex("0x[0-9a-f]+")]
    private static partial Regex Address();

    [GeneratedRegex(@"\(\d+\)")]
    private static partial Regex Id();

    [GeneratedRegex(@"\b[\d,]+ (times|calls)")]
    private static partial Regex Times();

    [GeneratedRegex(@"\b[\d.]+ (B|KiB|MiB)\b")]
    private static partial Regex Size();

    [GeneratedRegex(@"(\S)  +")]
    private static partial Regex Gap();
}
