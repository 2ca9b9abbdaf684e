// One line of a recording, taken apart into its members; values are read when they are asked for.
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>A line that is JSON, but not what the format says; <see cref="Offset"/> is the byte in the line.</summary>
internal sealed class LineException(int offset, string message) : Exception(message)
{
    public int Offset { get; } = offset;
}

/// <summary>An index of an object's members. Members may come in any order; of two with one name the first counts.</summary>
/// <remarks>Reused from line to line; the line itself is passed to every call, so that it need not be kept on the heap.</remarks>
internal sealed class LineMembers
{
    private const NumberStyles HexDigits = NumberStyles.AllowHexSpecifier;

    private readonly List<Member> _members = [];

    private readonly record struct Member(int NameStart, int NameLength, int Start, int End, JsonTokenType Type);

    /// <summary>What the line is, for messages.</summary>
    public string Type { get; set; } = "";

    /// <summary>Takes an object apart.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="LineException">It is not an object.</exception>
    public void Index(ReadOnlySpan<byte> json)
    {
        _members.Clear();
        var reader = new Utf8JsonReader(json);
        _ = reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new LineException(0, "not a JSON object");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Past the opening quote; a name with escapes in it is none of ours and never matches.
            var (name, length) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            _ = reader.Read();
            var (start, type) = ((int)reader.TokenStartIndex, reader.TokenType);
            reader.Skip();
            _members.Add(new Member(name, length, start, (int)reader.BytesConsumed, type));
        }

        // The reader reports whatever follows the object.
        while (reader.Read())
        {
        }
    }

    /// <summary>Whether the object has a member, other than null.</summary>
    public bool Has(ReadOnlySpan<byte> json, JsonEncodedText name) => TryFind(json, name, out _);

    /// <summary>A whole number within bounds.</summary>
    public long Number(ReadOnlySpan<byte> json, JsonEncodedText name, long least, long most) =>
        Number(json, Find(json, name), name.Value, least, most);

    /// <summary>A whole number that may be missing.</summary>
    public int? OptionalNumber(ReadOnlySpan<byte> json, JsonEncodedText name, int least) =>
        TryFind(json, name, out var member) ? (int)Number(json, member, name.Value, least, int.MaxValue) : null;

    /// <summary>A size in bytes; null stands for unlimited where that is allowed.</summary>
    public ulong Size(ReadOnlySpan<byte> json, JsonEncodedText name, bool mayBeUnlimited = false)
    {
        if (mayBeUnlimited && TryFindAny(json, name, out var member) && member.Type == JsonTokenType.Null)
            return RecordingFormat.Unlimited;

        member = Find(json, name);
        if (member.Type == JsonTokenType.Number
            && ulong.TryParse(json[member.Start..member.End], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return bytes;

        throw new LineException(member.Start, $"'{name.Value}' is not a size in bytes");
    }

    /// <summary>An address, written as <c>"0x…"</c>.</summary>
    public ulong Address(ReadOnlySpan<byte> json, JsonEncodedText name)
    {
        var member = Find(json, name);
        var text = json[member.Start..member.End];
        if (member.Type == JsonTokenType.String && text.Length > 4 && text[1] == '0' && (text[2] | 0x20) == 'x'
            && ulong.TryParse(text[3..^1], HexDigits, CultureInfo.InvariantCulture, out var address))
            return address;

        throw new LineException(member.Start, $"'{name.Value}' is not an address such as \"0x7ffe00001000\"");
    }

    /// <summary>A text.</summary>
    public string Text(ReadOnlySpan<byte> json, JsonEncodedText name) => Text(json, Find(json, name), name.Value);

    /// <summary>A text that may be missing.</summary>
    public string? OptionalText(ReadOnlySpan<byte> json, JsonEncodedText name) =>
        TryFind(json, name, out var member) ? Text(json, member, name.Value) : null;

    /// <summary>One of a set of words, as its position in the set.</summary>
    public int Word(ReadOnlySpan<byte> json, JsonEncodedText name, string[] words)
    {
        var member = Find(json, name);
        var index = Array.IndexOf(words, Text(json, member, name.Value));
        return index >= 0 ? index : throw new LineException(member.Start, $"'{name.Value}' is none of {string.Join(", ", words)}");
    }

    /// <summary>A list of texts.</summary>
    public string[] Texts(ReadOnlySpan<byte> json, JsonEncodedText name)
    {
        var member = Find(json, name);
        var list = new List<string>();
        var reader = List(json, member, name.Value);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw new LineException(member.Start + (int)reader.TokenStartIndex, $"'{name.Value}' is not a list of texts");

            list.Add(Decode(ref reader, member.Start, name.Value));
        }

        return [.. list];
    }

    /// <summary>A list of whole numbers; empty if the member is missing and may be.</summary>
    public T[] Numbers<T>(ReadOnlySpan<byte> json, JsonEncodedText name, bool optional = false)
        where T : struct, IUtf8SpanParsable<T>
    {
        if (optional && !TryFind(json, name, out _))
            return [];

        var member = Find(json, name);
        var list = new List<T>();
        var reader = List(json, member, name.Value);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == '-'
                || !T.TryParse(reader.ValueSpan, CultureInfo.InvariantCulture, out var number))
                throw new LineException(member.Start + (int)reader.TokenStartIndex, $"'{name.Value}' is not a list of whole numbers");

            list.Add(number);
        }

        return [.. list];
    }

    /// <summary>An object whose values are texts.</summary>
    public KeyValuePair<string, string>[] Map(ReadOnlySpan<byte> json, JsonEncodedText name)
    {
        if (!TryFind(json, name, out var member))
            return [];

        if (member.Type != JsonTokenType.StartObject)
            throw new LineException(member.Start, $"'{name.Value}' is not an object");

        var list = new List<KeyValuePair<string, string>>();
        var reader = new Utf8JsonReader(json[member.Start..member.End]);
        _ = reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Decode(ref reader, member.Start, name.Value);
            _ = reader.Read();

            // Whatever an option's value is, it is shown as it was typed.
            var value = reader.TokenType == JsonTokenType.String ? Decode(ref reader, member.Start, name.Value) : "";
            reader.Skip();
            list.Add(new(key, value));
        }

        return [.. list];
    }

    /// <summary>The objects in a list, each as its offset and length in the line.</summary>
    public List<(int Start, int Length)> Objects(ReadOnlySpan<byte> json, JsonEncodedText name)
    {
        var member = Find(json, name);
        var list = new List<(int, int)>();
        var reader = List(json, member, name.Value);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new LineException(member.Start + start, $"'{name.Value}' is not a list of objects");

            reader.Skip();
            list.Add((member.Start + start, (int)reader.BytesConsumed - start));
        }

        return list;
    }

    private static Utf8JsonReader List(ReadOnlySpan<byte> json, Member member, string name)
    {
        if (member.Type != JsonTokenType.StartArray)
            throw new LineException(member.Start, $"'{name}' is not a list");

        var reader = new Utf8JsonReader(json[member.Start..member.End]);
        _ = reader.Read();
        return reader;
    }

    private static string Text(ReadOnlySpan<byte> json, Member member, string name)
    {
        if (member.Type != JsonTokenType.String)
            throw new LineException(member.Start, $"'{name}' is not a text");

        var reader = new Utf8JsonReader(json[member.Start..member.End]);
        _ = reader.Read();
        return Decode(ref reader, member.Start, name);
    }

    private static string Decode(ref Utf8JsonReader reader, int offset, string name)
    {
        // Bytes that are no UTF-8 become U+FFFD: a strange file name must not make a recording unreadable.
        if (!reader.ValueIsEscaped)
            return Encoding.UTF8.GetString(reader.ValueSpan);

        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            throw new LineException(offset + (int)reader.TokenStartIndex, $"'{name}' holds text that is not Unicode");
        }
    }

    private static long Number(ReadOnlySpan<byte> json, Member member, string name, long least, long most)
    {
        if (member.Type == JsonTokenType.Number
            && long.TryParse(json[member.Start..member.End], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
            return number;

        throw new LineException(member.Start, $"'{name}' is not a whole number from {least} to {most}");
    }

    private Member Find(ReadOnlySpan<byte> json, JsonEncodedText name) =>
        TryFind(json, name, out var member) ? member : throw new LineException(0, $"a '{Type}' line without '{name.Value}'");

    private bool TryFind(ReadOnlySpan<byte> json, JsonEncodedText name, out Member member) =>
        TryFindAny(json, name, out member) && member.Type != JsonTokenType.Null;

    private bool TryFindAny(ReadOnlySpan<byte> json, JsonEncodedText name, out Member member)
    {
        var bytes = name.EncodedUtf8Bytes;
        foreach (var candidate in _members)
        {
            if (candidate.NameLength == bytes.Length && json.Slice(candidate.NameStart, bytes.Length).SequenceEqual(bytes))
            {
                member = candidate;
                return true;
            }
        }

        member = default;
        return false;
    }
}
