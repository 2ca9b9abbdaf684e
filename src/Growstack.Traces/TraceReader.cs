// Reads traces line by line, whatever they contain.
using System.IO.Compression;
using System.Text;

namespace Growstack.Traces;

/// <summary>What a trace holds next: an operation, or an error in its place.</summary>
/// <param name="Operation">The operation; null: an error.</param>
/// <param name="Error">The error; null: none.</param>
public readonly record struct TraceItem(TraceOperation? Operation, TraceFormatException? Error);

/// <summary>Reads a trace, plain or compressed with gzip, as a stream. Any input is read to its end: what is no operation becomes an error with its place.</summary>
public static class TraceReader
{
    private const string Arrow = " -> ";
    private const int MaxLineLength = 1 << 16;

    /// <summary>Reads a file. Whether it is compressed shows in its first bytes.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IEnumerable<TraceItem> ReadFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(() => File.OpenRead(path), path);
    }

    /// <summary>Reads a stream and closes it. Whether it is compressed shows in its first bytes.</summary>
    public static IEnumerable<TraceItem> Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(() => stream, name);
    }

    /// <summary>Reads text.</summary>
    public static IEnumerable<TraceItem> Read(TextReader text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(name);
        return ReadLines(text, name);
    }

    private static IEnumerable<TraceItem> Read(Func<Stream> open, string name)
    {
        using var stream = new BufferedStream(open());
        using var plain = Decompress(stream);
        using var text = new StreamReader(plain, Encoding.Latin1);
        foreach (var item in ReadLines(text, name))
            yield return item;
    }

    private static Stream Decompress(BufferedStream stream)
    {
        Span<byte> magic = stackalloc byte[2];
        var read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        var head = magic[..read].ToArray();
        var whole = new PrefixedStream(head, stream);
        return read == 2 && magic[0] == 0x1f && magic[1] == 0x8b ? new GZipStream(whole, CompressionMode.Decompress) : whole;
    }

    private static IEnumerable<TraceItem> ReadLines(TextReader text, string name)
    {
        TraceOperation? pending = null;
        List<string> printed = [];
        var number = 0;
        while (true)
        {
            string? line;
            TraceFormatException? broken = null;
            number++;
            try
            {
                line = ReadLine(text, name, number);
            }
            catch (TraceFormatException e)
            {
                (line, broken) = ("", e);
            }
            catch (InvalidDataException e)
            {
                // A damaged archive: nothing behind it can be read.
                (line, broken) = (null, new TraceFormatException(name, number, 1, e.Message));
            }

            if (line is not null && line.StartsWith('|') && pending is not null)
            {
                printed.Add(line.Length > 2 ? line[2..] : "");
                continue;
            }
            if (pending is not null)
            {
                pending.Printed = printed;
                yield return new TraceItem(pending, null);
                (pending, printed) = (null, []);
            }
            if (broken is not null)
                yield return new TraceItem(null, broken);
            if (line is null)
                yield break;
            if (line.StartsWith('|'))
                yield return new TraceItem(null, new TraceFormatException(name, number, 1, "Printed content without a dump above it."));
            else if (line.Length > 0 && line[0] != '#')
                pending = Parse(name, number, line);
        }
    }

    /// <summary>A line without its end; null at the end of the text.</summary>
    private static string? ReadLine(TextReader text, string name, int number)
    {
        var line = new StringBuilder();
        var any = false;
        int c;
        while ((c = text.Read()) >= 0 && c != '\n')
        {
            any = true;
            if (line.Length <= MaxLineLength)
                line.Append((char)c);
        }
        if (line.Length > MaxLineLength)
            throw new TraceFormatException(name, number, MaxLineLength + 1, "The line is too long.");
        if (!any && c < 0)
            return null;
        return line.ToString().TrimEnd();
    }

    private static TraceOperation? Parse(string name, int number, string line)
    {
        var arrow = line.IndexOf(Arrow, StringComparison.Ordinal);
        var text = arrow < 0 ? line : line[..arrow];
        var expected = arrow < 0 ? null : line[(arrow + Arrow.Length)..];
        List<TraceWord> words = [];
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
                end++;
            words.Add(new TraceWord(text[at..end], at + 1));
            at = end;
        }
        if (words.Count == 0)
            return null;
        // A dump prints the state behind its name, without an arrow.
        if (expected is null && words[0].Text.StartsWith("dump", StringComparison.Ordinal) && words.Count > 1)
        {
            expected = text[(words[1].Column - 1)..];
            words.RemoveRange(1, words.Count - 1);
            text = words[0].Text;
        }
        return new TraceOperation(name, number, words, expected, text.Trim());
    }
}
