// The manual page says what --help says: the same verbs, the same options.
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed partial class ManualPageTests
{
    private static readonly string Page = Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/growstack.1");

    [Theory]
    [InlineData("run")]
    [InlineData("inspect")]
    [InlineData("report")]
    [InlineData("replay")]
    public async Task Has_the_options_of_every_verb_and_no_others(string verb)
    {
        string help = (await new Launch(Command.Plain(verb, "--help")).RunAsync()).Output;
        string list = help[help.IndexOf("\nOptions:", StringComparison.Ordinal)..];
        var helped = Heads().Matches(list).SelectMany(head => Option().Matches(head.Value)).Select(match => match.Value).Where(option => option != "--help").Distinct();
        string page = Regex.Unescape((await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken)).Replace(@"\-", "-", StringComparison.Ordinal).Replace("\\", "/", StringComparison.Ordinal));
        int start = page.IndexOf($".SH OPTIONS OF {verb.ToUpperInvariant()}", StringComparison.Ordinal);
        Assert.True(start >= 0, $"the page has no section for {verb}");
        string section = page[start..page.IndexOf("\n.SH", start + 1, StringComparison.Ordinal)];
        var told = Tags().Matches(section).SelectMany(tag => Option().Matches(tag.Value)).Select(match => match.Value).Distinct();
        Assert.Equal(helped.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Names_every_verb()
    {
        string help = (await new Launch(Command.Plain("--help")).RunAsync()).Output;
        string page = await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken);
        var verbs = Verbs().Matches(help[help.IndexOf("\nCommands:", StringComparison.Ordinal)..help.IndexOf("\nExamples:", StringComparison.Ordinal)]).Select(match => match.Groups[1].Value).ToList();
        Assert.True(verbs.Count >= 5, help);
        Assert.All(verbs, verb => Assert.Contains($"growstack {verb}", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Is_set_without_a_warning()
    {
        var outcome = await new Launch(Machine.Need("groff"), "-man", "-Tutf8", "-ww", "-z", Page).RunAsync();
        Assert.Equal(new Outcome(0, "", ""), outcome);
    }

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"(?m)^  -.*?(?=  |$)")]
    private static partial Regex Heads();

    [GeneratedRegex(@"(?m)^\.TP\n.*$")]
    private static partial Regex Tags();

    [GeneratedRegex("--[a-z-]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"(?m)^  ([a-z]+) ")]
    private static partial Regex Verbs();
}
