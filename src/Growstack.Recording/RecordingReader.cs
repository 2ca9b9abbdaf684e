// Reads a recording as a stream of lines, as long as memory holds one line.
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>What a reader came across besides the lines it passed on.</summary>
/// <param name="Lines">Whole lines, including those that were skipped.</param>
/// <param name="Unknown">Lines skipped because their type is not known: a newer growstack wrote them.</param>
/// <param name="Truncated">Whether a last line without its newline was dropped.</param>
public readonly record struct RecordingReadResult(long Lines, long Unknown, bool Truncated);

/// <summary>Reads recordings and hands each line to a sink.</summary>
/// <remarks>
/// Tolerant of what a crash or a newer version leaves behind: a last line without its newline is dropped; lines and members it does not know are
/// skipped. Anything else that is not as documented is a <see cref="RecordingFormatException"/>.
/// </remarks>
public static class RecordingReader
{
    /// <summary>The longest line that is read, in bytes. Real ones stay below a megabyte.</summary>
    public const int LongestLine = 256 << 20;

    private const int FirstBuffer = 256 << 10;

    /// <summary>Reads a recording to its end.</summary>
    /// <param name="stream">The recording; stays open.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="sink">Receives the lines in order.</param>
    /// <param name="progress">Called now and then with the number of bytes read so far.</param>
    /// <exception cref="RecordingFormatException">It is no recording, of a newer version, or damaged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static RecordingReadResult Read(Stream stream, string name, IRecordingSink sink, Action<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(sink);
        var parser = new LineParser(sink);
        var buffer = new byte[FirstBuffer];
        var (filled, total, lines, unknown) = (0, 0L, 0L, 0L);
        while (true)
        {
            var count = stream.Read(buffer, filled, buffer.Length - filled);
            if (count == 0)
                break;

            total += count;
            progress?.Invoke(total);

            // Only what has just arrived can hold the newline that the rest was waiting for.
            var (start, searched) = (0, filled);
            filled += count;
            while (buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n') is var length and >= 0)
            {
                lines++;
                unknown += ReadLine(parser, buffer.AsSpan(start, searched + length - start), name, lines) ? 0 : 1;
                searched += length + 1;
                start = searched;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
                buffer = Enlarge(buffer, name, lines + 1);
        }

        if (!parser.Started)
        {
            var problem = total == 0 ? "the file is empty: nothing was recorded" : "the recording ends before its first line does";
            throw new RecordingFormatException(name, lines + 1, 1, problem);
        }

        return new RecordingReadResult(lines, unknown, filled > 0);
    }

    private static bool ReadLine(LineParser parser, ReadOnlySpan<byte> line, string name, long number)
    {
        try
        {
            return parser.Parse(line);
        }
        catch (LineException error)
        {
            throw new RecordingFormatException(name, number, error.Offset + 1, error.Message, error);
        }
        catch (JsonException error)
        {
            var problem = parser.Started ? "damaged line: " + Reason(error) : "this is no growstack recording: its first line is not JSON";
            throw new RecordingFormatException(name, number, (error.BytePositionInLine ?? 0) + 1, problem, error);
        }
    }

    /// <summary>The parser's message without its own idea of the place, which counts lines from zero.</summary>
    private static string Reason(JsonException error)
    {
        var end = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }

    private static byte[] Enlarge(byte[] buffer, string name, long line)
    {
        if (buffer.Length >= LongestLine)
            throw new RecordingFormatException(name, line, 1, $"a line of more than {LongestLine} bytes");

        Array.Resize(ref buffer, buffer.Length * 2);
        return buffer;
    }
}
