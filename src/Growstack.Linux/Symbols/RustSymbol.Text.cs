// How the letters, numbers, lists and back references of Rust's mangled names are read, and the readable name is written.
using System.Globalization;

namespace Growstack.Linux.Symbols;

internal ref partial struct RustSymbol
{
    private readonly char Peek => _at < _text.Length ? _text[_at] : '\0';

    private char Next() => _at < _text.Length ? _text[_at++] : throw new FormatException();

    private bool Take(char letter)
    {
        if (Peek != letter)
            return false;
        _at++;
        return true;
    }

    private readonly void Write(ReadOnlySpan<char> text)
    {
        if (_name.Length + text.Length > LongestName)
            throw new FormatException();
        if (!_isSilent)
            _ = _name.Append(text);
    }

    private void Enter()
    {
        if (++_depth > MostNesting)
            throw new FormatException();
    }

    private delegate void Part(ref RustSymbol reader);

    private int List(Part part, string between = ", ")
    {
        int count = 0;
        for (; !Take('E'); count++)
        {
            Write(count == 0 ? "" : between);
            part(ref this);
        }

        return count;
    }

    // What was said before is not mangled again: its place is.
    private void Back(Part part)
    {
        int here = _at - 1;
        ulong place = Number62();
        if (place >= (ulong)here)
            throw new FormatException();
        int after = _at;
        _at = (int)place;
        Enter();
        if (!_isSilent)
            part(ref this);
        _depth--;
        _at = after;
    }

    private ulong Disambiguator() => Take('s') ? unchecked(Number62() + 1) : 0;

    private ulong Number62()
    {
        if (Take('_'))
            return 0;
        ulong number = 0;
        while (true)
        {
            char digit = Next();
            if (digit == '_')
                return unchecked(number + 1);
            int value = digit switch
            {
                >= '0' and <= '9' => digit - '0',
                >= 'a' and <= 'z' => digit - 'a' + 10,
                >= 'A' and <= 'Z' => digit - 'A' + 36,
                _ => throw new FormatException(),
            };
            if (number > (ulong.MaxValue - (ulong)value) / 62)
                throw new FormatException();
            number = (number * 62) + (ulong)value;
        }
    }

    private int Decimal()
    {
        int start = _at;
        while (char.IsAsciiDigit(Peek) && (_at == start || _text[start] != '0'))
            _at++;
        return int.TryParse(_text[start.._at], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw new FormatException();
    }
}
