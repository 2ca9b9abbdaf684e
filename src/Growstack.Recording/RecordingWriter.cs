// Writes a recording: each line whole, at once, without allocating.
using System.Buffers;
using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using static Growstack.Recording.Vocabulary;

namespace Growstack.Recording;

/// <summary>
/// Writes JSON Lines, one line per call and one write(2) per line, so that a recording can be read up to its last whole line whatever
/// becomes of the program or of growstack.
/// </summary>
/// <remarks>
/// <para>Confined to one thread at a time: whoever calls from several must take turns. Once warm, writing a growth allocates nothing.</para>
/// <para>
/// A recording must never be the reason why a program fails. When the file cannot be written any more (a full disk, a closed pipe), the writer
/// calls its failure handler once, drops the line that did not fit, and from then on ignores every call.
/// </para>
/// </remarks>
public sealed partial class RecordingWriter : IRecordingSink, IDisposable
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The file is JSON for people and programs, not HTML: names stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Stream _file;
    private readonly string _name;
    private readonly Action<RecordingFailure>? _failed;
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly Utf8JsonWriter _json;
    private long _written;

    /// <summary>Writes to a stream, which the writer owns from now on.</summary>
    /// <param name="file">Where lines go; must not buffer if a crash is to leave whole lines behind.</param>
    /// <param name="name">What to call it in a <see cref="RecordingFailure"/>.</param>
    /// <param name="failed">Called once, on the caller's thread, when writing has failed.</param>
    public RecordingWriter(Stream file, string name, Action<RecordingFailure>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _name = name;
        _failed = failed;
        _json = new Utf8JsonWriter(_line, Options);
    }

    /// <summary>What went wrong, once something has; null while all is well.</summary>
    public RecordingFailure? Failure { get; private set; }

    /// <summary>Creates a recording, replacing a file of that name. The file is not inherited by programs that are started.</summary>
    /// <param name="path">The file; a pipe or a device will do.</param>
    /// <param name="failed">Called once, on the caller's thread, when writing has failed.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be created.</exception>
    public static RecordingWriter Create(string path, Action<RecordingFailure>? failed = null) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), path, failed);

    /// <summary>Closes the file. Writes nothing: a recording without its <c>end</c> line was cut short.</summary>
    public void Dispose()
    {
        _json.Dispose();
        try
        {
            _file.Dispose();
        }
        catch (IOException error)
        {
            Fail(error);
        }
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        // Also drops what an exception in the middle of a line may have left behind.
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString(T, type);
    }

    private void Begin(ReadOnlySpan<byte> type, long at)
    {
        Begin(type);
        _json.WriteNumber(At, at);
    }

    private void Finish()
    {
        if (Failure is not null)
            return;

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        try
        {
            _file.Write(_line.WrittenSpan);
            _written += _line.WrittenCount;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException or ArgumentOutOfRangeException)
        {
            Fail(error);
        }
    }

    private void Fail(Exception error)
    {
        if (Failure is not null)
            return;

        // Half a line may have reached the disk. Readers would drop it, but cutting it off leaves a file that other tools can read too.
        try
        {
            if (_file.CanSeek && _file.Length > _written)
                _file.SetLength(_written);
        }
        catch (Exception second) when (second is IOException or ObjectDisposedException or NotSupportedException)
        {
            // The first failure is the one to report.
        }

        Failure = new RecordingFailure(_name, _written, Reason(error));
        _failed?.Invoke(Failure);
    }

    /// <summary>The system's own word where there is one, without the path that .NET adds. A file that may not grow further is an argument out of range to .NET.</summary>
    private static string Reason(Exception error)
    {
        const int fileTooLarge = 27;
        const int largestErrno = 4095;
        return error switch
        {
            ArgumentOutOfRangeException => new Win32Exception(fileTooLarge).Message,
            IOException { HResult: > 0 and < largestErrno } => new Win32Exception(error.HResult).Message,
            _ => error.Message,
        };
    }
}
