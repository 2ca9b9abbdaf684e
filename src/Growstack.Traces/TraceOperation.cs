// One operation of a trace, and what was recorded of its answer.
namespace Growstack.Traces;

/// <summary>A word of a trace's line.</summary>
/// <param name="Text">The word.</param>
/// <param name="Column">Where it begins, from 1.</param>
public readonly record struct TraceWord(string Text, int Column);

/// <summary>One operation of a trace.</summary>
public sealed class TraceOperation
{
    internal TraceOperation(string file, int line, IReadOnlyList<TraceWord> words, string? expected, string text)
    {
        File = file;
        Line = line;
        Words = words;
        Expected = expected;
        Text = text;
    }

    /// <summary>The name of the trace.</summary>
    public string File { get; }

    /// <summary>The line's number, from 1.</summary>
    public int Line { get; }

    /// <summary>The operation's name and arguments; never empty.</summary>
    public IReadOnlyList<TraceWord> Words { get; }

    /// <summary>What was recorded: what stands right of the arrow, or for a dump behind its name; null: nothing.</summary>
    public string? Expected { get; }

    /// <summary>The operation as written, without what was recorded.</summary>
    public string Text { get; }

    /// <summary>The operation's name.</summary>
    public string Name => Words[0].Text;

    /// <summary>Whether it prints the map: its state stands behind its name without an arrow, and the entries below.</summary>
    public bool IsDump => Name is "dump" or "dumpfull" or "dumpraw";

    /// <summary>The lines recorded below a dump.</summary>
    public IReadOnlyList<string> Printed { get; internal set; } = [];
}

/// <summary>An error in a trace's text.</summary>
public sealed class TraceFormatException : FormatException
{
    /// <summary>An error at a place.</summary>
    public TraceFormatException(string file, int line, int column, string problem)
        : base($"{file}:{line}:{column}: {problem}")
    {
        File = file;
        Line = line;
        Column = column;
        Problem = problem;
    }

    /// <summary>An error at no known place.</summary>
    public TraceFormatException()
        : this("", 0, 0, "The trace is malformed.")
    {
    }

    /// <summary>An error at no known place.</summary>
    public TraceFormatException(string message)
        : this("", 0, 0, message)
    {
    }

    /// <summary>An error at no known place, with its cause.</summary>
    public TraceFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
        File = Problem = "";
    }

    /// <summary>The name of the trace.</summary>
    public string File { get; }

    /// <summary>The line's number, from 1.</summary>
    public int Line { get; }

    /// <summary>The column, from 1.</summary>
    public int Column { get; }

    /// <summary>What is wrong.</summary>
    public string Problem { get; }
}
