// Rust's names of the v0 mangling, _R…, as Rust writes them.
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Growstack.Linux.Symbols;

/// <summary>
/// Reads one mangled name by recursive descent; the grammar is that of the rustc book, "v0 Symbol Format". What a reader of a call chain does
/// not need is left out: hashes of crates, and lifetimes.
/// </summary>
internal ref struct RustSymbol
{
    /// <summary>Deeper or longer than any real name: a malformed one may refer to itself.</summary>
    private const int MostNesting = 200;
    private const int LongestName = 1 << 14;

    private readonly ReadOnlySpan<char> _text;
    private readonly StringBuilder _name = new();
    private int _at;
    private int _depth;
    private bool _isSilent;

    private RustSymbol(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The readable name, or null if this is none of v0.</summary>
    public static string? Demangle(string mangled)
    {
        if (!mangled.StartsWith("_R", StringComparison.Ordinal) || mangled.Length < 4 || !char.IsAsciiLetterUpper(mangled[2]))
            return null;
        int suffix = mangled.IndexOf('.', StringComparison.Ordinal);
        var reader = new RustSymbol(mangled.AsSpan(2, (suffix < 0 ? mangled.Length : suffix) - 2));
        try
        {
            reader.Path(isValue: true);
            return reader._name.ToString();
        }
        catch (FormatException)
        {
            return null;
        }
    }

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

    private void Path(bool isValue)
    {
        Enter();
        switch (Next())
        {
            case 'C':
                _ = Disambiguator();
                PlainIdentifier();
                break;
            case 'M':
                ImplementationPath();
                Write("<");
                Type();
                Write(">");
                break;
            case 'X':
                ImplementationPath();
                TypeAsTrait();
                break;
            case 'Y':
                TypeAsTrait();
                break;
            case 'N':
                Nested(isValue);
                break;
            case 'I':
                Path(isValue);
                Write(isValue ? "::<" : "<");
                _ = List(static (ref RustSymbol reader) => reader.GenericArgument());
                Write(">");
                break;
            case 'B':
                Back((ref RustSymbol reader) => reader.Path(isValue));
                break;
            default:
                throw new FormatException();
        }

        _depth--;
    }

    // Where an implementation stands says less than what it implements.
    private void ImplementationPath()
    {
        _ = Disambiguator();
        bool before = _isSilent;
        _isSilent = true;
        Path(isValue: false);
        _isSilent = before;
    }

    private void TypeAsTrait()
    {
        Write("<");
        Type();
        Write(" as ");
        Path(isValue: false);
        Write(">");
    }

    private void Nested(bool isValue)
    {
        char kind = Next();
        Path(isValue);
        ulong number = Disambiguator();
        bool isNamed = Peek != '0';
        // In upper case it is the compiler's own: a closure, a shim.
        string own = kind switch { 'C' => "{closure", 'S' => "{shim", _ => $"{{{kind}" };
        if (!char.IsAsciiLetterUpper(kind))
            Write(isNamed ? "::" : "");
        else
            Write($"::{own}{(isNamed ? ":" : "")}");
        PlainIdentifier();
        if (char.IsAsciiLetterUpper(kind))
            Write(string.Create(CultureInfo.InvariantCulture, $"#{number}}}"));
    }

    private void PlainIdentifier()
    {
        bool isPunycode = Take('u');
        int length = Decimal();
        _ = Take('_');
        if (length > _text.Length - _at)
            throw new FormatException();
        var bytes = _text.Slice(_at, length);
        _at += length;
        Write(isPunycode ? Punycode.Decode(bytes) ?? throw new FormatException() : bytes);
    }

    private void GenericArgument()
    {
        if (Take('L'))
            Write(Number62() == 0 ? "'_" : "'a");
        else if (Take('K'))
            Constant();
        else
            Type();
    }

    private void Type()
    {
        Enter();
        char kind = Next();
        if (Basic(kind) is { } basic)
        {
            Write(basic);
        }
        else
        {
            switch (kind)
            {
                case 'A':
                    Write("[");
                    Type();
                    Write("; ");
                    Constant();
                    Write("]");
                    break;
                case 'S':
                    Write("[");
                    Type();
                    Write("]");
                    break;
                case 'T':
                    Write("(");
                    Write(List(static (ref RustSymbol reader) => reader.Type()) == 1 ? ",)" : ")");
                    break;
                case 'R' or 'Q':
                    Write("&");
                    if (Take('L'))
                        _ = Number62();
                    Write(kind == 'Q' ? "mut " : "");
                    Type();
                    break;
                case 'P' or 'O':
                    Write(kind == 'P' ? "*const " : "*mut ");
                    Type();
                    break;
                case 'F':
                    Function();
                    break;
                case 'D':
                    TraitObject();
                    break;
                case 'B':
                    Back(static (ref RustSymbol reader) => reader.Type());
                    break;
                default:
                    _at--;
                    Path(isValue: false);
                    break;
            }
        }

        _depth--;
    }

    private void Function()
    {
        Binder();
        Write(Take('U') ? "unsafe " : "");
        if (Take('K'))
        {
            Write("extern \"");
            if (Take('C'))
                Write("C");
            else
                PlainIdentifier();
            Write("\" ");
        }

        Write("fn(");
        _ = List(static (ref RustSymbol reader) => reader.Type());
        Write(")");
        if (Take('u'))
            return;
        Write(" -> ");
        Type();
    }

    private void TraitObject()
    {
        Binder();
        Write("dyn ");
        _ = List(static (ref RustSymbol reader) => reader.Trait(), " + ");
        if (!Take('L'))
            throw new FormatException();
        _ = Number62();
    }

    private void Trait()
    {
        bool isOpen = OpenPath();
        while (Take('p'))
        {
            Write(isOpen ? ", " : "<");
            isOpen = true;
            PlainIdentifier();
            Write(" = ");
            Type();
        }

        Write(isOpen ? ">" : "");
    }

    /// <summary>A path whose generic arguments may go on; answers whether they have begun.</summary>
    private bool OpenPath()
    {
        bool isOpen = false;
        if (Take('B'))
        {
            Back((ref RustSymbol reader) => isOpen = reader.OpenPath());
        }
        else if (Take('I'))
        {
            Path(isValue: false);
            Write("<");
            _ = List(static (ref RustSymbol reader) => reader.GenericArgument());
            isOpen = true;
        }
        else
        {
            Path(isValue: false);
        }

        return isOpen;
    }

    private void Binder()
    {
        if (Take('G'))
            _ = Number62();
    }

    private void Constant()
    {
        Enter();
        if (Take('B'))
        {
            Back(static (ref RustSymbol reader) => reader.Constant());
        }
        else if (Take('p'))
        {
            Write("_");
        }
        else if (Basic(Peek) is not null)
        {
            Value(Next());
        }
        else
        {
            // References, tuples and structures as constants: rare, and their text helps nobody in a call chain.
            throw new FormatException();
        }

        _depth--;
    }

    private void Value(char type)
    {
        bool isNegative = Take('n');
        int end = _text[_at..].IndexOf('_');
        if (end < 0 || !BigInteger.TryParse("0" + _text.Slice(_at, end).ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            throw new FormatException();
        _at += end + 1;
        Write(type switch
        {
            'b' => value.IsZero ? "false" : "true",
            'c' when value <= 0x10ffff && Rune.TryCreate((uint)value, out var letter) => $"'{letter}'",
            _ => (isNegative ? "-" : "") + value.ToString(CultureInfo.InvariantCulture),
        });
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

    private static string? Basic(char letter) => letter switch
    {
        'a' => "i8",
        'b' => "bool",
        'c' => "char",
        'd' => "f64",
        'e' => "str",
        'f' => "f32",
        'h' => "u8",
        'i' => "isize",
        'j' => "usize",
        'l' => "i32",
        'm' => "u32",
        'n' => "i128",
        'o' => "u128",
        'p' => "_",
        's' => "i16",
        't' => "u16",
        'u' => "()",
        'v' => "...",
        'x' => "i64",
        'y' => "u64",
        'z' => "!",
        _ => null,
    };
}
