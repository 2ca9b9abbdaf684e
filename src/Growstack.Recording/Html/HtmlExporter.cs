// The report as one HTML page that needs nothing but a browser.
using System.Text;

namespace Growstack.Recording;

/// <summary>
/// Writes a self-contained page: what happened in words, the stacks over time, a table, flame graphs and the address map. It loads nothing from anywhere,
/// and says the essentials without scripts, too.
/// </summary>
public static class HtmlExporter
{
    /// <summary>Writes a run.</summary>
    /// <param name="run">The recording.</param>
    /// <param name="output">Receives UTF-8; stays open.</param>
    public static void Write(RecordedRun run, Stream output)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(output);
        var (style, script) = (PageAssets.Style, PageAssets.Script);
        var verdict = Verdict.Of(run);
        var rest = PageAssets.Template.AsSpan();
        while (rest.IndexOf("{{") is var open and >= 0)
        {
            WriteText(output, rest[..open]);
            rest = rest[(open + 2)..];
            var close = rest.IndexOf("}}");
            Fill(rest[..close]);
            rest = rest[(close + 2)..];
        }

        WriteText(output, rest);

        void Fill(ReadOnlySpan<char> word)
        {
            switch (word)
            {
                case "policy": WriteText(output, PageAssets.Policy(style, script)); break;
                case "title": WriteText(output, PageText.Title(run, verdict)); break;
                case "style": WriteText(output, style); break;
                case "summary": WriteText(output, PageText.Summary(run, verdict)); break;
                case "overflow": WriteText(output, PageText.Overflows(run)); break;
                case "advice": WriteText(output, PageText.Advice(run)); break;
                case "fallback": WriteText(output, PageText.Table(run)); break;
                case "about": WriteText(output, PageText.About(run)); break;
                case "data": PageData.Write(run, output); break;
                case "script": WriteText(output, script); break;
                default: throw new InvalidOperationException($"the page's template asks for '{word}'");
            }
        }
    }

    private static void WriteText(Stream output, ReadOnlySpan<char> text)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var encoder = Encoding.UTF8.GetEncoder();
        while (!text.IsEmpty)
        {
            encoder.Convert(text, buffer, flush: true, out var used, out var written, out _);
            output.Write(buffer[..written]);
            text = text[used..];
        }
    }
}
