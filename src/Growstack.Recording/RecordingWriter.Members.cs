// How the members of a line are written that JSON has no type for: addresses, sizes, what may be missing, lists.
using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Growstack.Recording;

public sealed partial class RecordingWriter
{
    private void WriteAddress(JsonEncodedText name, ulong address)
    {
        Span<byte> text = stackalloc byte[18];
        "0x"u8.CopyTo(text);
        _ = Utf8Formatter.TryFormat(address, text[2..], out var digits, new StandardFormat('x'));
        _json.WriteString(name, text[..(2 + digits)]);
    }

    private void WriteSize(JsonEncodedText name, ulong bytes)
    {
        if (bytes == RecordingFormat.Unlimited)
            _json.WriteNull(name);
        else
            _json.WriteNumber(name, bytes);
    }

    private void WriteOptional(JsonEncodedText name, int? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
    }

    private void WriteOptional(JsonEncodedText name, string? value)
    {
        if (value is not null)
            _json.WriteString(name, value);
    }

    private void WriteStrings(JsonEncodedText name, IReadOnlyList<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteStringValue(value);

        _json.WriteEndArray();
    }

    private void WriteNumbers(JsonEncodedText name, ReadOnlySpan<int> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteNumberValue(value);

        _json.WriteEndArray();
    }

    private void WriteNumbers(JsonEncodedText name, ReadOnlySpan<ulong> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteNumberValue(value);

        _json.WriteEndArray();
    }
}
