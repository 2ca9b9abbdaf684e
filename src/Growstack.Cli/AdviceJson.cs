// Recommendations about stacks as JSON, in run and in inspect.
using System.Text.Json;
using Growstack.Linux.Inspection;
using static Growstack.Cli.JsonWords;

namespace Growstack.Cli;

/// <summary>Writes recommendations for scripts.</summary>
internal static class AdviceJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter json, StackAdvice advice)
    {
        json.WriteStartObject();
        json.WriteString("kind", Camel(advice.Kind));
        json.WriteStartArray("threadIds");
        foreach (var id in advice.ThreadIds)
            json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteNumber("addressSpaceBytes", advice.AddressSpace);
        json.WriteNumber("residentBytes", advice.Resident);
        if (advice.SuggestedSize is { } suggested)
            json.WriteNumber("suggestedBytes", suggested);
        else
            json.WriteNull("suggestedBytes");
        json.WriteString("text", advice.Text);
        json.WriteEndObject();
    }
}
