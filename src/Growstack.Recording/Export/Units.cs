// Sizes, times and shares as a person reads them; the page's scripts print them the same way.
using System.Globalization;

namespace Growstack.Recording;

/// <summary>Prints quantities with units. Number and unit are joined by a space that does not break.</summary>
internal static class Units
{
    private const char Space = '\u00a0';
    private const string Prefixes = "KMGTPE";

    /// <summary>A size: <c>4 KiB</c>, <c>1.2 MiB</c>, <c>no limit</c>.</summary>
    public static string Size(ulong bytes)
    {
        if (bytes == RecordingFormat.Unlimited)
            return $"no{Space}limit";

        var (unit, scale) = (0, 1UL);
        while (unit < Prefixes.Length && bytes / scale >= 1024)
        {
            scale <<= 10;
            unit++;
        }

        if (unit == 0)
            return string.Create(CultureInfo.InvariantCulture, $"{bytes}{Space}B");

        var value = (double)bytes / scale;
        var format = bytes % scale == 0 || value >= 100 ? "0" : "0.0";
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(format, CultureInfo.InvariantCulture)}{Space}{Prefixes[unit - 1]}iB");
    }

    /// <summary>A span of time: <c>340 µs</c>, <c>12.4 ms</c>, <c>1.28 s</c>, <c>2 min 3 s</c>.</summary>
    public static string Time(long microseconds) => microseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds}{Space}µs"),
        < 1_000_000 => Significant(microseconds / 1e3) + Space + "ms",
        < 120_000_000 => Significant(microseconds / 1e6) + Space + "s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 60_000_000}{Space}min{Space}{microseconds / 1_000_000 % 60}{Space}s"),
    };

    /// <summary>A share: <c>0.4 %</c>, <c>91 %</c>.</summary>
    public static string Share(double share)
    {
        var percent = share * 100;
        var format = percent is >= 9.95 or 0 ? "0" : "0.0";

        // Just short of everything must not read as everything.
        if (percent is >= 99.5 and < 100)
            percent = 99;
        return percent.ToString(format, CultureInfo.InvariantCulture) + Space + "%";
    }

    /// <summary>A whole number, its digits in groups of three: <c>41 732</c>.</summary>
    public static string Count(long number) =>
        number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    /// <summary>A number of things: <c>1 thread</c>, <c>12 threads</c>.</summary>
    public static string Count(long number, string thing, string? things = null) =>
        $"{Count(number)}{Space}{(number == 1 ? thing : things ?? thing + "s")}";

    private static string Significant(double value) =>
        value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
