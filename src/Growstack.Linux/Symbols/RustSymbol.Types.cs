// The types and constants in Rust's mangled names.
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Growstack.Linux.Symbols;

internal ref partial struct RustSymbol
{
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
