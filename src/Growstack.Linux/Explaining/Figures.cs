// Sizes and numbers as a sentence has them.
using System.Globalization;

namespace Growstack.Linux.Explaining;

/// <summary>Writes figures for people.</summary>
internal static class Figures
{
    /// <summary>Bytes with a binary unit: <c>72 B</c>, <c>4.8 MiB</c>.</summary>
    public static string Bytes(ulong bytes) => bytes switch
    {
        >= long.MaxValue => "unlimited",
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.#} GiB"),
    };

    /// <summary>A number with its thousands set apart: <c>41,732</c>.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A size as options take it: <c>16M</c>, <c>192K</c>.</summary>
    public static string Option(ulong bytes) => bytes % (1 << 20) == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20}M")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10}K");
}
