// What is wrong with a recording, and where.
namespace Growstack.Recording;

/// <summary>A recording cannot be read; the message starts with file, line and column.</summary>
public sealed class RecordingFormatException : Exception
{
    /// <summary>Makes an exception without a place.</summary>
    public RecordingFormatException()
        : this("the recording cannot be read")
    {
    }

    /// <summary>Makes an exception without a place.</summary>
    public RecordingFormatException(string message)
        : base(message) => (File, Problem) = ("", message);

    /// <summary>Makes an exception without a place.</summary>
    public RecordingFormatException(string message, Exception innerException)
        : base(message, innerException) => (File, Problem) = ("", message);

    /// <summary>Makes an exception that names a place.</summary>
    /// <param name="file">The recording.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The byte in the line, from 1.</param>
    /// <param name="problem">What is wrong there.</param>
    /// <param name="innerException">What found it, if anything did.</param>
    public RecordingFormatException(string file, long line, long column, string problem, Exception? innerException = null)
        : base($"{file}:{line}:{column}: {problem}", innerException) =>
        (File, Line, Column, Problem) = (file, line, column, problem);

    /// <summary>The recording.</summary>
    public string File { get; }

    /// <summary>The line, from 1.</summary>
    public long Line { get; }

    /// <summary>The byte in the line, from 1.</summary>
    public long Column { get; }

    /// <summary>What is wrong there, without the place.</summary>
    public string Problem { get; }
}
