// Identifiers that are not ASCII, as Rust's v0 mangling spells them (RFC 3492, with '_' for its delimiter).
using System.Text;

namespace Growstack.Linux.Symbols;

/// <summary>Decodes Punycode.</summary>
internal static class Punycode
{
    private const int Base = 36, Least = 1, Most = 26, Skew = 38, Damp = 700, FirstBias = 72, FirstCode = 128;

    /// <summary>The identifier, or null if it is malformed.</summary>
    public static string? Decode(ReadOnlySpan<char> text)
    {
        int delimiter = text.LastIndexOf('_');
        var runes = new List<int>();
        foreach (char c in delimiter < 0 ? [] : text[..delimiter])
            runes.Add(c);
        var digits = text[(delimiter + 1)..];
        long code = FirstCode, place = 0;
        for (int at = 0, bias = FirstBias; at < digits.Length; place++)
        {
            long before = place, weight = 1;
            for (int k = Base; ; k += Base)
            {
                int digit = at < digits.Length ? Digit(digits[at++]) : -1;
                if (digit < 0 || weight > int.MaxValue)
                    return null;
                place += digit * weight;
                int threshold = Math.Clamp(k - bias, Least, Most);
                if (digit < threshold)
                    break;
                weight *= Base - threshold;
            }

            int count = runes.Count + 1;
            bias = Adapt(place - before, count, before == 0);
            code += place / count;
            place %= count;
            if (code > 0x10ffff || !Rune.IsValid((int)code))
                return null;
            runes.Insert((int)place, (int)code);
        }

        return string.Concat(runes.Select(rune => new Rune(rune).ToString()));
    }

    private static int Adapt(long delta, int count, bool isFirst)
    {
        delta /= isFirst ? Damp : 2;
        delta += delta / count;
        int k = 0;
        for (; delta > (Base - Least) * Most / 2; k += Base)
            delta /= Base - Least;
        return k + (int)((Base - Least + 1) * delta / (delta + Skew));
    }

    private static int Digit(char c) => c switch
    {
        >= 'a' and <= 'z' => c - 'a',
        >= '0' and <= '9' => c - '0' + 26,
        _ => -1,
    };
}
