// Rust's older names spell punctuation as words between dollar signs.
using System.Globalization;
using System.Text;

namespace Growstack.Linux.Symbols;

/// <summary>Decodes what Rust's legacy mangling puts into names: <c>$LT$</c>, <c>$u7b$</c>, and two dots for a path's separator.</summary>
internal static class RustEscapes
{
    /// <summary>The name as Rust writes it.</summary>
    public static string Decode(string name)
    {
        var text = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            int end = name[i] == '$' ? name.IndexOf('$', i + 1) : -1;
            if (end > 0 && Word(name.AsSpan(i + 1, end - i - 1)) is { } sign)
            {
                _ = text.Append(sign);
                i = end;
            }
            else if (name[i] == '.' && i + 1 < name.Length && name[i + 1] == '.')
            {
                _ = text.Append("::");
                i++;
            }
            else if (name[i] != '_' || i + 1 >= name.Length || name[i + 1] != '$' || (i > 0 && name[i - 1] != ':'))
            {
                // An underscore only protects an escape at the start of a path's element.
                _ = text.Append(name[i]);
            }
        }

        return text.ToString();
    }

    private static string? Word(ReadOnlySpan<char> word) => word switch
    {
        "SP" => "@",
        "BP" => "*",
        "RF" => "&",
        "LT" => "<",
        "GT" => ">",
        "LP" => "(",
        "RP" => ")",
        "C" => ",",
        ['u', .. var digits] when int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && code is > 0 and < 0xd800
            => ((char)code).ToString(),
        _ => null,
    };
}
