// The page in a real browser: what a person does with it, with the mouse and with the keyboard, in the light and in the dark.
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Growstack.Recording.Tests;

[Collection(nameof(Browser))]
public sealed class BrowserTests(Browser browser)
{
    private static readonly SyntheticRun.Shape Overflow = new();

    [Fact]
    public async Task The_explanation_of_the_overflow_comes_first()
    {
        await using var report = await browser.Open(Overflow);
        await Expect(report.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Thread worker-3 overflowed its stack");
        var explanation = report.Page.GetByRole(AriaRole.Region, new() { Name = "The overflow, explained" });
        await Expect(explanation).ToContainTextAsync("13 911 times");
        await Expect(explanation).ToBeInViewportAsync();
        await explanation.GetByRole(AriaRole.Button, new() { Name = "Show its call chain" }).ClickAsync();
        await Expect(report.Page.Locator("#flame-readout")).ToContainTextAsync("stack of worker-3");
        await Expect(report.Page.GetByLabel("Deepest chain")).ToBeCheckedAsync();
        await Expect(report.Page.Locator("#flame")).ToBeInViewportAsync();
    }

    [Fact]
    public async Task The_thread_that_overflowed_is_found_and_shown()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        await Expect(page.Locator("#detail-heading")).ToContainTextAsync("worker-3");
        await page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("overflow");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#table tbody tr th")).ToContainTextAsync("worker-3");
        await Expect(page.Locator("#table tbody tr th")).ToContainTextAsync("overflow");
        await Expect(page.Locator("#detail")).ToContainTextAsync("none: it overflowed");
        await Expect(page.Locator(".chart canvas")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("worker-3.*overflowed"));
    }

    [Fact]
    public async Task Headings_sort_the_table()
    {
        await using var report = await browser.Open(Overflow);
        var used = report.Page.Locator("#table th[data-key=used]");
        await used.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(used).ToHaveAttributeAsync("aria-sort", "descending");
        await Expect(First(report)).ToContainTextAsync("worker-3");
        await used.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(used).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(First(report)).ToContainTextAsync("io-");
        var thread = report.Page.Locator("#table th[data-key=title]");
        await thread.GetByRole(AriaRole.Button).FocusAsync();
        await report.Page.Keyboard.PressAsync("Enter");
        await Expect(thread).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(used).Not.ToHaveAttributeAsync("aria-sort", new System.Text.RegularExpressions.Regex(".*"));
        await Expect(First(report)).ToContainTextAsync("convert");
        await Expect(report.Page.Locator("#announcer")).ToHaveTextAsync("Sorted by Thread, ascending");
    }

    [Fact]
    public async Task The_filter_narrows_timeline_and_table_together()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        await page.Keyboard.PressAsync("/");
        await Expect(page.Locator("#filter")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("js tileserver");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(4);
        await Expect(page.Locator("#shown")).ToHaveTextAsync("4 of 42\u00a0stacks");
        await Expect(page.Locator(".sizer canvas")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^4.stacks"));
        await page.Locator("#filter").FillAsync("nothing like it");
        await Expect(page.Locator("#table tbody")).ToHaveTextAsync("No stack matches the filter.");
        await page.Locator("#filter").FillAsync("");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(42);
    }

    [Fact]
    public async Task The_timeline_follows_the_keyboard()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        await page.Locator("#lanes .scroller").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("#detail-heading")).ToContainTextAsync("log-3");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("log-3, thread");
        await Expect(page.Locator("#table tr[aria-current=true] th")).ToContainTextAsync("log-3");
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator("#detail-heading")).ToContainTextAsync("io-");
        await page.Keyboard.PressAsync("Home");
        await Expect(page.Locator("#detail-heading")).ToContainTextAsync("worker-3");
        await page.Keyboard.PressAsync("+");
        await Expect(page.Locator("#all-time")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#all-time")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Dragging_across_the_timeline_zooms()
    {
        await using var report = await browser.Open(Overflow);
        var lanes = report.Page.Locator(".sizer canvas");
        await lanes.ScrollIntoViewIfNeededAsync();
        var box = (await lanes.BoundingBoxAsync())!;
        await report.Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + 60);
        await report.Page.Mouse.DownAsync();
        await report.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 60, new() { Steps = 5 });
        await report.Page.Mouse.UpAsync();
        await Expect(report.Page.Locator("#all-time")).ToBeVisibleAsync();
        await report.Page.Locator("#all-time").ClickAsync();
        await Expect(report.Page.Locator("#all-time")).ToBeHiddenAsync();
        await report.Page.Mouse.ClickAsync(box.X + (box.Width * 0.5f), box.Y + 34 + 17);
        await Expect(report.Page.Locator("#detail-heading")).ToContainTextAsync("log-3");
    }

    [Fact]
    public async Task The_flame_graph_zooms_by_mouse_and_by_keyboard()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        var graph = page.Locator("#flame .scroller");
        await graph.ScrollIntoViewIfNeededAsync();

        // The third row from the top holds thread_main.
        await graph.ClickAsync(new() { Position = new() { X = 40, Y = 55 } });
        await Expect(page.Locator("#flame-readout")).ToContainTextAsync("thread_main");
        await Expect(page.Locator("#flame-reset")).ToBeVisibleAsync();
        await page.Locator("#flame-reset").ClickAsync();
        await Expect(page.Locator("#flame-reset")).ToBeHiddenAsync();
        await graph.FocusAsync();
        await page.Mouse.MoveAsync(0, 0);
        foreach (var key in (string[])["Home", "ArrowDown", "ArrowDown", "ArrowDown"])
            await page.Keyboard.PressAsync(key);

        await Expect(page.Locator("#flame-readout")).ToContainTextAsync("worker::serve");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator("#flame-readout")).ToContainTextAsync("js::run");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#flame-reset")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#flame-readout")).ToContainTextAsync("thread_main");
    }

    [Fact]
    public async Task The_flame_graph_finds_functions_and_counts_growths()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        await page.Locator("#flame-find").FillAsync("geojson::parse_");
        await Expect(page.Locator("#flame-found")).ToContainTextAsync("in 3\u00a0functions");
        await page.Locator("#flame-find").FillAsync("no such thing");
        await Expect(page.Locator("#flame-found")).ToHaveTextAsync("not found");
        await page.Locator("#flame-find").FillAsync("");
        await page.GetByLabel("Growths", new() { Exact = true }).CheckAsync();
        await Expect(page.Locator("#flame-readout")).ToContainTextAsync("growths");
        await page.GetByText("The same as a table").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Functions" }).GetByRole(AriaRole.Rowheader).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_address_map_shows_every_stack_with_its_guard()
    {
        await using var report = await browser.Open(Overflow);
        var map = report.Page.Locator("#map");
        await map.ScrollIntoViewIfNeededAsync();
        await Expect(map.GetByRole(AriaRole.Button, new() { Name = "worker-3", Exact = true })).ToBeVisibleAsync();
        await Expect(map.Locator("li", new() { HasText = "worker-39" }).GetByRole(AriaRole.Img)).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^guard 4.KiB, gap .*, stack "));
        await map.GetByRole(AriaRole.Button, new() { Name = "other mappings" }).First.ClickAsync();
        await Expect(map).ToContainTextAsync("[heap]");
        await map.GetByRole(AriaRole.Button, new() { Name = "worker-39" }).ClickAsync();
        await Expect(report.Page.Locator("#detail-heading")).ToContainTextAsync("worker-39");
    }

    [Theory]
    [InlineData(1280, 900, false)]
    [InlineData(1280, 900, true)]
    [InlineData(360, 740, false)]
    [InlineData(360, 740, true)]
    public async Task It_fits_the_screen_and_has_contrast(int width, int height, bool dark)
    {
        await using var report = await browser.Open(Overflow, width, height, dark);
        Assert.Equal(0, await report.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth"));
        var background = await report.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
        Assert.Equal(dark ? "rgb(20, 23, 26)" : "rgb(251, 250, 248)", background);

        await report.Page.Locator("#map").ScrollIntoViewIfNeededAsync();
        await Expect(report.Page.Locator("#map li").First).ToBeVisibleAsync();

        // WCAG AA for all text that the page has, against the nearest opaque background.
        Assert.Equal("", await report.Page.EvaluateAsync<string>(Contrast));
        if (Environment.GetEnvironmentVariable("GROWSTACK_SCREENSHOTS") is { Length: > 0 } folder)
            await report.Page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(folder, $"report-{width}{(dark ? "-dark" : "")}.png") });
    }

    [Fact]
    public async Task A_screen_reader_finds_landmarks_names_and_alternatives()
    {
        await using var report = await browser.Open(Overflow);
        var page = report.Page;
        await Expect(page.GetByRole(AriaRole.Main)).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Banner)).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Sections" }).GetByRole(AriaRole.Link)).ToHaveCountAsync(5);
        foreach (var region in (string[])["Summary", "The overflow, explained", "Stacks over time", "Call chains", "Address map", "About this recording"])
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = region })).ToHaveCountAsync(1);

        // Every control has a name; every picture that is not decoration has words.
        Assert.Equal("", await page.EvaluateAsync<string>("""
            () => [...document.querySelectorAll('button, input, select, canvas:not([aria-hidden]), [role=img]')]
              .filter(e => !e.closest('[hidden]') && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
              .map(e => e.outerHTML).join('\n')
            """));
    }

    [Fact]
    public async Task Without_scripts_there_is_a_table()
    {
        await using var report = await browser.Open(Overflow, scripts: false);
        await Expect(report.Page.GetByRole(AriaRole.Table, new() { Name = "Stacks, the riskiest first" })).ToBeVisibleAsync();
        await Expect(report.Page.Locator("#lanes")).ToBeHiddenAsync();
        await Expect(report.Page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_hundred_thousand_growths_of_five_hundred_threads_open()
    {
        await using var report = await browser.Open(new SyntheticRun.Shape { Threads = 500, Growths = 100_000 });
        var page = report.Page;
        var opened = await page.EvaluateAsync<double>("() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd");
        TestContext.Current.TestOutputHelper?.WriteLine($"ready after {opened:0} ms");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(100);
        await page.GetByRole(AriaRole.Button, new() { Name = "more of" }).First.ClickAsync();
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(502);
        await page.Locator("#filter").FillAsync("worker-499");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 3, true)]
    [InlineData(12, 60, true)]
    public async Task Small_and_broken_recordings_are_shown_too(int threads, int growths, bool cut)
    {
        await using var report = await browser.Open(new SyntheticRun.Shape { Threads = threads, Growths = growths, Cut = cut, Maps = false });
        await Expect(report.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await Expect(report.Page.GetByRole(AriaRole.Note)).ToHaveCountAsync(cut ? 1 : 0);
        await report.Page.Locator("#map").ScrollIntoViewIfNeededAsync();
        await Expect(report.Page.Locator("#map li").First).ToBeVisibleAsync();
    }

    private const string Contrast = """
        () => {
          const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
          const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const bad = new Set();
          for (let node; (node = walker.nextNode());) {
            const e = node.parentElement;
            if (!node.data.trim() || e.closest('script, noscript, .visually-hidden, option, :disabled') || e.getClientRects().length === 0) continue;
            const [a, b] = [light(parse(getComputedStyle(e).color).rgb), light(ground(e))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            if (ratio < 4.5) bad.add(`${ratio.toFixed(2)} ${e.tagName}.${e.className}: ${node.data.trim().slice(0, 30)}`);
          }
          return [...bad].join('\n');
        }
        """;

    private static ILocator First(Report report) => report.Page.Locator("#table tbody tr").First;
}
