// The parts of the page that are text and need no script: headline, figures, explanation, advice, and the table for browsers without scripts.
using System.Globalization;
using System.Net;
using System.Text;

namespace Growstack.Recording;

/// <summary>Renders parts of the page; everything that comes from a recording goes through <see cref="Escape"/>.</summary>
internal static class PageText
{
    /// <summary>Stacks in the table for browsers without scripts.</summary>
    private const int MostRows = 200;

    /// <summary>Overflows that are spelled out.</summary>
    private const int MostOverflows = 20;

    /// <summary>The page's title.</summary>
    public static string Title(RecordedRun run, Verdict verdict) => Escape($"{verdict.Headline} · {string.Join(' ', run.Start.Command)}");

    /// <summary>Headline, command and figures.</summary>
    public static string Summary(RecordedRun run, Verdict verdict)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <p class="command"><span class="visually-hidden">Command: </span><code>{Escape(string.Join(' ', run.Start.Command.Select(Quote)))}</code></p>
            <h1 class="verdict {verdict.Kind.ToString().ToLowerInvariant()}">{Escape(verdict.Headline)}</h1>
            <p class="lead">{Escape(verdict.Detail)}</p>

            """);
        if (Notes(run) is { Length: > 0 } notes)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"note\" role=\"note\">{Escape(notes)}</p>\n");

        html.Append("<dl class=\"figures\">\n");
        Figure(html, "Ran for", Units.Time(run.Duration), Ending(run));
        Figure(html, "Stacks", Units.Count(run.Stacks.Count), Units.Count(run.Processes.Select(p => p.Line.Pid).Distinct().Count(), "process", "processes"));
        Figure(html, "Growths", Units.Count(run.GrowthCount), Units.Size(run.GrownBytes) + " in all");
        if (run.Stacks.MaxBy(s => s.Used) is { } deepest)
            Figure(html, "Deepest stack", Units.Size(deepest.Used), deepest.Title);

        var used = run.Stacks.Aggregate(0UL, (sum, s) => sum + s.Used);
        var reserved = run.Stacks.Aggregate(0UL, (sum, s) => sum + (s.Line.High - s.Line.Low - s.Line.Guard));
        Figure(html, "Used of reserved", Units.Size(used), "of " + Units.Size(reserved));
        return html.Append("</dl>\n").ToString();
    }

    /// <summary>The explanations of overflows; empty if there were none.</summary>
    public static string Overflows(RecordedRun run)
    {
        var stacks = run.Stacks.Where(s => s.Overflow is not null).OrderBy(s => s.Overflow!.Value.At).ToList();
        if (stacks.Count == 0)
            return "";

        var html = new StringBuilder("<section id=\"overflow\" class=\"overflow\" aria-labelledby=\"overflow-heading\">\n");
        var heading = stacks.Count == 1 ? "The overflow, explained" : $"{stacks.Count} overflows, explained";
        html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"overflow-heading\">{heading}</h2>\n");
        foreach (var stack in stacks.Take(MostOverflows))
            Overflow(html, run, stack, stacks.Count > 1);

        if (stacks.Count > MostOverflows)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"hint\">{stacks.Count - MostOverflows} more are marked in the table.</p>\n");

        return html.Append("</section>\n").ToString();
    }

    /// <summary>What to do about stacks that are too small or too large; empty if nothing is.</summary>
    public static string Advice(RecordedRun run)
    {
        var advice = StackAdvice.For(run).Take(8).ToList();
        if (advice.Count == 0)
            return "";

        var html = new StringBuilder("<section class=\"advice\" aria-labelledby=\"advice-heading\">\n<h2 id=\"advice-heading\">Sizes to reconsider</h2>\n<ul>\n");
        foreach (var item in advice)
        {
            var (style, word) = item.Kind == AdviceKind.NearLimit ? ("near", "Tight") : ("oversized", "Generous");
            html.Append(CultureInfo.InvariantCulture, $"<li class=\"{style}\"><strong>{word}</strong> {Escape(item.Text)}</li>\n");
        }

        return html.Append("</ul>\n</section>\n").ToString();
    }

    /// <summary>The riskiest stacks as a plain table.</summary>
    public static string Table(RecordedRun run)
    {
        var html = new StringBuilder("""
            <table><caption>Stacks, the riskiest first</caption>
            <thead><tr><th scope="col">Thread</th><th scope="col">Process</th><th scope="col">Used</th><th scope="col">Limit</th><th scope="col">Share</th><th scope="col">Growths</th></tr></thead>
            <tbody>

            """);
        foreach (var stack in run.StacksByRisk().Take(MostRows))
        {
            string[] cells =
            [
                Escape($"{stack.Process.Name} {stack.Line.Pid}"),
                Units.Size(stack.Used),
                Units.Size(stack.Limit),
                Units.Share(stack.Share),
                Units.Count(stack.GrowthCount),
            ];
            var name = stack.Title + (stack.Overflow is null ? "" : " (overflowed)");
            html.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Escape(name)}</th><td>{string.Join("</td><td>", cells)}</td></tr>\n");
        }

        html.Append("</tbody></table>\n");
        if (run.Stacks.Count > MostRows)
            html.Append(CultureInfo.InvariantCulture, $"<p>{run.Stacks.Count - MostRows} more stacks are in the recording.</p>\n");

        return html.ToString();
    }

    /// <summary>Under which rules the recording was made.</summary>
    public static string About(RecordedRun run)
    {
        var start = run.Start;
        var html = new StringBuilder("<dl class=\"about\">\n");
        Term(html, "Recorded", start.Time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        Term(html, "Recording", $"{run.Name}, {Units.Count(run.Reading.Lines, "line")}");
        Term(html, "growstack", start.Growstack);
        Term(html, "Rules of", start.Release switch { "freebsd10" => "FreeBSD 10", "freebsd12" => "FreeBSD 12", var other => other });
        Term(html, "Growth unit", Units.Size(start.GrowthSize));
        Term(html, "Guard", Units.Count(start.GuardPages, "page"));
        Term(html, "Page", Units.Size((ulong)start.PageSize));
        if (start.Options.Count > 0)
            Term(html, "Options", string.Join(' ', start.Options.Select(o => o.Value.Length > 0 ? $"{o.Key} {Quote(o.Value)}" : o.Key)));

        return html.Append("</dl>\n").ToString();
    }

    /// <summary>Text for HTML, in content and in quoted attributes.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Overflow(StringBuilder html, RecordedRun run, RecordedStack stack, bool many)
    {
        var overflow = stack.Overflow!.Value;
        html.Append("<article>\n");
        if (many)
            html.Append(CultureInfo.InvariantCulture, $"<h3>{Escape(stack.Title)} <small>{Units.Time(overflow.At)}</small></h3>\n");

        var lines = string.Concat(overflow.Explanation.Select(line => $"<span>{Escape(line)}\n</span>"));
        html.Append(CultureInfo.InvariantCulture, $"<pre tabindex=\"0\" aria-label=\"Explanation, as printed\">{lines}</pre>\n<p class=\"actions\">");
        Button(html, "show-stack", overflow.Stack, "Show its stack over time");
        if (overflow.Chain is { } chain && run.Chains.ContainsKey(chain))
            Button(html, "show-chain", overflow.Stack, "Show its call chain");

        html.Append("</p>\n</article>\n");
    }

    private static void Button(StringBuilder html, string action, int stack, string text) => html.Append(
        CultureInfo.InvariantCulture, $"<button type=\"button\" class=\"needs-script\" data-{action}=\"{stack}\">{text}</button>");

    private static void Figure(StringBuilder html, string name, string value, string detail) =>
        html.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{Escape(value)}<small>{Escape(detail)}</small></dd></div>\n");

    private static void Term(StringBuilder html, string name, string value) =>
        html.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{Escape(value)}</dd></div>\n");

    private static string Ending(RecordedRun run) => (run.Processes.Count > 0 ? run.Processes[0].Exit : null) switch
    {
        { Signal: { } signal } => "ended by " + signal,
        { Status: { } status } => $"exit status {status}",
        _ => run.End is { } end ? $"exit status {end.ExitCode}" : "end not recorded",
    };

    private static string Notes(RecordedRun run)
    {
        var notes = new List<string>();
        if (run.End is null)
            notes.Add("The recording was cut short; what follows is what it holds.");
        if (run.Orphans > 0)
            notes.Add($"{Units.Count(run.Orphans, "line")} spoke of stacks that were never announced and are left out.");
        if (run.Reading.Unknown > 0)
            notes.Add($"{Units.Count(run.Reading.Unknown, "line")} of a kind that only a newer growstack knows are left out.");
        return string.Join(' ', notes);
    }

    /// <summary>A word as a shell would need it.</summary>
    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%^".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
