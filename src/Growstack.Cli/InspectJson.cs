// What inspect --json writes; docs/json.md describes it.
using System.Text.Json;
using Growstack.Linux.Inspection;
using static Growstack.Cli.JsonWords;

namespace Growstack.Cli;

/// <summary>Writes inspected processes for scripts: sizes in bytes, addresses as hex strings, null for what is not known.</summary>
internal static class InspectJson
{
    private const int Version = 1;

    /// <summary>Writes one JSON document and a line break.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="processes">What was inspected.</param>
    /// <param name="indented">Over many lines; otherwise on one.</param>
    public static void Write(Stream stream, IReadOnlyList<ProcessStacks> processes, bool indented)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = indented });
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("time", DateTimeOffset.UtcNow);
        json.WriteStartArray("processes");
        foreach (var process in processes)
            WriteProcess(json, process);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
        stream.Flush();
    }

    private static void WriteProcess(Utf8JsonWriter json, ProcessStacks process)
    {
        json.WriteStartObject();
        json.WriteNumber("pid", process.ProcessId);
        json.WriteString("name", process.Name);
        json.WriteStartArray("runtimes");
        foreach (var runtime in Enum.GetValues<ProcessRuntime>().Where(r => r != ProcessRuntime.None && process.Runtime.HasFlag(r)))
            json.WriteStringValue(Camel(runtime));
        json.WriteEndArray();
        WriteLimit(json, "stackLimitBytes", process.StackLimit);
        json.WriteStartArray("threads");
        foreach (var stack in process.Threads)
            WriteThread(json, stack);
        json.WriteEndArray();
        json.WriteStartArray("advice");
        foreach (var advice in process.Advice)
            AdviceJson.Write(json, advice);
        json.WriteEndArray();
        json.WriteStartArray("unreadable");
        foreach (var unreadable in process.Unreadable)
            WriteUnreadable(json, unreadable);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteThread(Utf8JsonWriter json, ThreadStack stack)
    {
        json.WriteStartObject();
        json.WriteNumber("threadId", stack.ThreadId);
        json.WriteString("threadName", stack.Name);
        json.WriteString("kind", Camel(stack.Origin));
        json.WriteString("certainty", Camel(stack.Certainty));
        WriteAddress(json, "start", stack.Start);
        WriteAddress(json, "end", stack.End);
        WriteSize(json, "sizeBytes", stack.Size);
        WriteAddress(json, "deepestPage", stack.DeepestPage);
        WriteSize(json, "peakBytes", stack.HighWater);
        json.WriteString("peakSource", Camel(stack.TouchedSource));
        WriteSize(json, "residentBytes", stack.Resident);
        WriteAddress(json, "stackPointer", stack.StackPointer);
        WriteSize(json, "depthBytes", stack.CurrentDepth);
        json.WriteBoolean("onOtherStack", stack.OnOtherStack);
        WriteSize(json, "headroomBytes", stack.Headroom);
        json.WriteString("guard", Camel(stack.Guard.Kind));
        json.WriteNumber("guardBytes", stack.Guard.Size);
        WriteLimit(json, "limitBytes", stack.Limit);
        json.WriteString("risk", Camel(stack.Risk));
        json.WriteStartArray("notes");
        foreach (var note in stack.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteUnreadable(Utf8JsonWriter json, Unreadable unreadable)
    {
        json.WriteStartObject();
        json.WriteString("fact", Camel(unreadable.Fact));
        json.WriteString("cause", Camel(unreadable.Cause));
        if (unreadable.ThreadId is { } thread)
            json.WriteNumber("threadId", thread);
        json.WriteString("text", unreadable.Explanation);
        json.WriteEndObject();
    }

    private static void WriteAddress(Utf8JsonWriter json, string name, ulong? address) => json.WriteString(name, address is { } known ? Hex(known) : null);

    private static void WriteSize(Utf8JsonWriter json, string name, ulong? bytes)
    {
        if (bytes is { } known)
            json.WriteNumber(name, known);
        else
            json.WriteNull(name);
    }

    // "unlimited" is no number of bytes.
    private static void WriteLimit(Utf8JsonWriter json, string name, ulong? bytes)
    {
        if (bytes == ulong.MaxValue)
            json.WriteString(name, "unlimited");
        else
            WriteSize(json, name, bytes);
    }
}
