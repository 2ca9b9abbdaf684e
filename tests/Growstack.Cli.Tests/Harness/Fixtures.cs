// Compiles the C programs of the tests, each once a run, into a directory that every user can read.
using System.Collections.Concurrent;

namespace Growstack.Cli.Tests.Harness;

/// <summary>The C programs in Programs/, compiled when a test first needs them.</summary>
internal static class Fixtures
{
    private static readonly string Shared = MakeDirectory("growstack-programs-");
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Built = new();

    /// <summary>The program's path; the variant is static, musl or m32, a sanitizer of gcc's, or empty for the usual dynamic program.</summary>
    public static Task<string> Build(string name, string variant = "") =>
        Built.GetOrAdd($"{name}{(variant == "" ? "" : "-" + variant)}", key => new(() => Compile(name, variant, Path.Combine(Shared, key)))).Value;

    /// <summary>A fresh directory that every user can read, removed when the tests end.</summary>
    public static string MakeDirectory(string prefix)
    {
        string directory = Directory.CreateTempSubdirectory(prefix).FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        return directory;
    }

    private static async Task<string> Compile(string name, string variant, string target)
    {
        string compiler = variant == "musl" ? "musl-gcc" : "gcc";
        Machine.Need(compiler);
        string source = Path.Combine(AppContext.BaseDirectory, "Programs", name + ".c");
        string[] kind = variant switch { "static" => ["-static"], "m32" => ["-m32"], _ => [] };
        bool sanitized = variant is "address" or "thread" or "undefined";
        if (sanitized)
            kind = [$"-fsanitize={variant}"];
        string[] openMp = name == "openmp" ? ["-fopenmp"] : [];
        var outcome = await new Launch(
            [compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-g", "-pthread", "-Wall", "-Wno-infinite-recursion", .. kind, .. openMp, "-o", target, source]).RunAsync();
        if (outcome.Status != 0 && variant == "m32")
            Assert.Skip("gcc has no 32-bit library here (gcc-multilib)");
        if (outcome.Errors.Contains("cannot find", StringComparison.Ordinal) && sanitized)
            Assert.Skip($"gcc has no library for -fsanitize={variant} here");
        Assert.True(outcome.Status == 0, $"{name}.c does not compile:\n{outcome.Errors}");
        return target;
    }
}
