// The parts of the report's page that are the same for every recording.
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Growstack.Recording;

/// <summary>The page's template, style and script, as embedded in the assembly.</summary>
internal static class PageAssets
{
    /// <summary>The scripts in the order in which they build on each other.</summary>
    private static readonly string[] Scripts =
    [
        "base.js", "data.js", "selection.js", "lanes.js", "detail.js", "table.js", "flame-layout.js", "flame.js", "addresses.js", "main.js",
    ];

    private static readonly string[] Styles = ["base.css", "parts.css"];

    /// <summary>The page, with a <c>{{word}}</c> where something belongs.</summary>
    public static string Template => Read("page.html");

    /// <summary>All styles.</summary>
    public static string Style => string.Join('\n', Styles.Select(Read));

    /// <summary>All scripts, in a scope of their own.</summary>
    public static string Script => "(() => {\n'use strict';\n" + string.Join('\n', Scripts.Select(Read)) + "})();\n";

    /// <summary>
    /// The content security policy of a page with this style and script: those two, known by their digests, and nothing else: no network, and nothing
    /// that a name in a recording could smuggle in.
    /// </summary>
    public static string Policy(string style, string script) =>
        $"default-src 'none'; style-src {Digest(style)}; script-src {Digest(script)}; base-uri 'none'; form-action 'none'";

    private static string Digest(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("page/" + name)
            ?? throw new InvalidOperationException($"the page's {name} is missing from the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
