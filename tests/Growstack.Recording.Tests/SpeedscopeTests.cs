// The speedscope file in speedscope itself, from its npm package, without a network.
using System.Diagnostics;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Growstack.Recording.Tests;

[Collection(nameof(Browser))]
public sealed class SpeedscopeTests(Browser browser)
{
    private const string Package = "speedscope@1.25.0";

    [Fact]
    public async Task Speedscope_opens_the_file()
    {
        await using var report = await browser.Blank();
        var index = Install(report.Folder);
        var file = Path.Combine(report.Folder, "run.speedscope.json");
        await using (var stream = File.Create(file))
            SpeedscopeExporter.Write(SyntheticRun.Load(new SyntheticRun.Shape()), stream);

        // As its own command does it: the profile is a script beside the page, named in the address.
        var script = Path.Combine(report.Folder, "profile.js");
        await File.WriteAllTextAsync(script, $"speedscope.loadFileFromBase64('run.speedscope.json', '{Convert.ToBase64String(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))}')", TestContext.Current.CancellationToken);
        await report.Page.GotoAsync($"file://{index}#localProfilePath={script}");
        await Expect(report.Page.GetByText("All growths, by bytes grown").First).ToBeVisibleAsync();
        await Expect(report.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("tileserver.*speedscope"));
        if (Environment.GetEnvironmentVariable("GROWSTACK_SCREENSHOTS") is { Length: > 0 } folder)
            await report.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, "speedscope.png") });
    }

    /// <summary>Unpacks the package; skips where npm or its registry is out of reach.</summary>
    private static string Install(string folder)
    {
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", Package])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = npm.StandardError.ReadToEnd();
            npm.WaitForExit();
            Assert.SkipUnless(npm.ExitCode == 0, $"npm could not install {Package}: {errors.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("npm is not installed (Debian: apt-get install npm)");
        }

        return Path.Combine(folder, "node_modules", "speedscope", "dist", "release", "index.html");
    }
}
