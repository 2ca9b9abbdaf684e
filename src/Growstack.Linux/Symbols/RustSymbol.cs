// Rust's names of the v0 mangling, _R…, as Rust writes them.
using System.Globalization;
using System.Text;

namespace Growstack.Linux.Symbols;

/// <summary>
/// Reads one mangled name by recursive descent; the grammar is that of the rustc book, "v0 Symbol Format". What a reader of a call chain does
/// not need is left out: hashes of crates, and lifetimes.
/// </summary>
internal ref partial struct RustSymbol
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
}
