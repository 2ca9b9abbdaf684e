// How addresses and names appear in every JSON document growstack writes.
using System.Globalization;
using System.Text.Json;

namespace Growstack.Cli;

/// <summary>Words of JSON output.</summary>
internal static class JsonWords
{
    /// <summary>An address: a string, for JSON's numbers do not hold 64 bits everywhere.</summary>
    public static string Hex(ulong address) => "0x" + address.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>A name of an enumeration in camel case.</summary>
    public static string Camel<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
