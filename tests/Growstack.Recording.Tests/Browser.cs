// A headless chromium, as the distribution installs it, and reports opened in it.
using Microsoft.Playwright;

namespace Growstack.Recording.Tests;

/// <summary>Starts the browser once for all that need it, one test after the other; they skip where there is none.</summary>
[CollectionDefinition(nameof(Browser))]
public sealed class Browser : ICollectionFixture<Browser>, IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly string[] Flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(Places, File.Exists) is not { } path)
            return;

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = Flags });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();

        _playwright?.Dispose();
    }

    /// <summary>An empty page that remembers what goes wrong in it.</summary>
    internal async Task<Report> Blank(int width = 1280, int height = 900, bool dark = false, bool scripts = true)
    {
        if (_browser is null)
            Assert.Skip("chromium is not installed (Debian: apt-get install chromium)");

        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            JavaScriptEnabled = scripts,
        });

        // Generous, for machines that have much else to do.
        context.SetDefaultTimeout(180_000);
        Assertions.SetDefaultExpectTimeout(90_000);
        return new Report(context, await context.NewPageAsync());
    }

    /// <summary>Opens the report of a made-up run.</summary>
    internal async Task<Report> Open(SyntheticRun.Shape shape, int width = 1280, int height = 900, bool dark = false, bool scripts = true)
    {
        var report = await Blank(width, height, dark, scripts);
        var file = Path.Combine(report.Folder, "report.html");
        await using (var stream = File.Create(file))
            HtmlExporter.Write(SyntheticRun.Load(shape), stream);

        await report.Page.GotoAsync("file://" + file);
        if (scripts)
            await report.Page.Locator("html[data-ready=true]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

        return report;
    }
}

/// <summary>A page under test. Closing it fails the test if the page complained, or asked the network for anything.</summary>
internal sealed class Report : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public Report(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            // A software renderer's remarks on its own speed are nobody's mistake.
            if (message.Type is "error" or "warning" && !message.Text.Contains("GL Driver Message", StringComparison.Ordinal))
                _complaints.Add($"{message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => _complaints.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                _complaints.Add("asked for " + request.Url);
        };
    }

    public IPage Page { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("growstack-report-").FullName;

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Directory.Delete(Folder, recursive: true);
        Assert.Empty(_complaints);
    }
}
