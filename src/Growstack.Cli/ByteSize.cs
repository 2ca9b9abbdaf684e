// Sizes in bytes as a person writes and reads them: 64k, 8M, 1.5 GiB.
using System.Globalization;

namespace Growstack.Cli;

/// <summary>Parses and prints sizes in bytes, with binary units.</summary>
internal static class ByteSize
{
    /// <summary>The value that <c>unlimited</c> stands for.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    private const string Units = "KMGTPE";

    /// <summary>Reads a size: a whole number with an optional unit (<c>k M G T</c>, also as <c>KiB</c> or <c>KB</c>), or <c>unlimited</c>.</summary>
    /// <param name="text">What the user typed.</param>
    /// <param name="bytes">The size in bytes, or <see cref="Unlimited"/>.</param>
    /// <returns>False if the text is no size, or does not fit in 64 bits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes)
    {
        bytes = 0;
        text = text.Trim();
        if (text.Equals("unlimited", StringComparison.OrdinalIgnoreCase))
        {
            bytes = Unlimited;
            return true;
        }

        var digits = text.IndexOfAnyExceptInRange('0', '9');
        var unit = digits < 0 ? [] : text[digits..].Trim();
        if (!ulong.TryParse(digits < 0 ? text : text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;

        if (!TryParseShift(unit, out var shift) || (shift > 0 && number >> (64 - shift) != 0))
            return false;

        bytes = number << shift;
        return true;
    }

    /// <summary>Prints a size with the largest binary unit that keeps it readable: <c>4 KiB</c>, <c>1.2 MiB</c>.</summary>
    public static string Format(ulong bytes)
    {
        if (bytes >= long.MaxValue)
            return "unlimited";

        var unit = 0;
        var scale = 1UL;
        while (unit < Units.Length && bytes / scale >= 1024)
        {
            scale <<= 10;
            unit++;
        }

        if (unit == 0)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");

        var value = (double)bytes / scale;
        var precision = bytes % scale == 0 || value >= 100 ? "0" : "0.0";
        return value.ToString(precision, CultureInfo.InvariantCulture) + " " + Units[unit - 1] + "iB";
    }

    private static bool TryParseShift(ReadOnlySpan<char> unit, out int shift)
    {
        shift = 0;
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase))
            return true;

        var letter = Units.AsSpan().IndexOf(char.ToUpperInvariant(unit[0]));
        shift = 10 * (letter + 1);
        var suffix = unit[1..];
        return letter >= 0 && (suffix.IsEmpty
            || suffix.Equals("B", StringComparison.OrdinalIgnoreCase)
            || suffix.Equals("iB", StringComparison.OrdinalIgnoreCase));
    }
}
