// Where growstack speaks: whether that place is a terminal, and how colour is put there.
namespace Growstack.Cli;

/// <summary>Styles for text on standard error; empty where it is no terminal, or where NO_COLOR asks for none.</summary>
internal sealed class Terminal
{
    private readonly bool _colour;

    private Terminal(bool colour) => _colour = colour;

    /// <summary>Standard error as it is now.</summary>
    public static Terminal Error { get; } = Of(!Console.IsErrorRedirected);

    /// <summary>Standard output as it is now.</summary>
    public static Terminal Output { get; } = Of(!Console.IsOutputRedirected);

    /// <summary>Styles for a place that is a terminal, or is not.</summary>
    public static Terminal Of(bool isTerminal) => new(isTerminal && ColourWanted());

    /// <summary>Text that should catch the eye because something went wrong.</summary>
    public string Alarm(string text) => Style("1;31", text);

    /// <summary>Text that should be looked at.</summary>
    public string Warn(string text) => Style("33", text);

    /// <summary>Headings.</summary>
    public string Strong(string text) => Style("1", text);

    /// <summary>Text that may be overlooked.</summary>
    public string Dim(string text) => Style("2", text);

    private static bool ColourWanted() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    private string Style(string code, string text) => _colour ? $"\e[{code}m{text}\e[0m" : text;
}
