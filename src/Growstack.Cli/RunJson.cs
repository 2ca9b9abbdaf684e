// What run --json writes; docs/json.md describes it.
using System.Text.Json;
using Growstack.Linux;
using static Growstack.Cli.JsonWords;

namespace Growstack.Cli;

/// <summary>Writes a run's result for scripts: sizes in bytes, addresses as hex strings.</summary>
internal static class RunJson
{
    private const int Version = 1;
    private const int MostPending = 64 * 1024;

    /// <summary>Writes one JSON document and nothing else.</summary>
    public static void Write(Stream stream, RunOptions options, RunResult result)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteStartArray("command");
        foreach (var word in options.Command)
            json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteString("status", Camel(result.Status));
        json.WriteNumber("exitCode", result.SuggestedExitCode);
        if (result.Signal != 0)
            json.WriteString("signal", SignalNames.Of(result.Signal));
        if (result.Message is not null)
            json.WriteString("message", result.Message);
        json.WriteStartArray("processes");
        foreach (var process in result.Processes)
            WriteProcess(json, process);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    }

    private static void WriteProcess(Utf8JsonWriter json, ProcessReport process)
    {
        json.WriteStartObject();
        json.WriteNumber("pid", process.Pid);
        json.WriteNumber("parentPid", process.ParentPid);
        json.WriteString("origin", Camel(process.Origin));
        json.WriteString("command", process.Command);
        json.WriteString("executable", process.Executable);
        json.WriteString("end", Camel(process.End));
        if (process.End == ImageEnd.Exited)
            json.WriteNumber("exitStatus", process.ExitStatus);
        if (process.Signal != 0)
            json.WriteString("signal", SignalNames.Of(process.Signal));
        if (process.Unmanaged is not null)
            json.WriteString("unmanaged", process.Unmanaged);
        if (process.WasRefusedPtrace)
            json.WriteBoolean("refusedPtrace", true);
        json.WriteNumber("unmanagedThreads", process.UnmanagedThreads);
        json.WriteStartArray("stacks");
        foreach (var stack in process.Stacks)
        {
            WriteStack(json, stack);

            // A million threads do not have to stand in memory together.
            if (json.BytesPending > MostPending)
                json.Flush();
        }

        json.WriteEndArray();
        json.WriteStartArray("overflows");
        foreach (var overflow in process.Overflows)
            OverflowJson.Write(json, process, overflow);
        json.WriteEndArray();
        json.WriteStartArray("advice");
        foreach (var advice in RunAdvice.For(process))
            AdviceJson.Write(json, advice);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStack(Utf8JsonWriter json, StackReport stack)
    {
        json.WriteStartObject();
        json.WriteString("kind", Camel(stack.Kind));
        json.WriteNumber("threadId", stack.ThreadId);
        json.WriteString("threadName", stack.ThreadName);
        json.WriteBoolean("managed", stack.IsManaged);
        json.WriteString("start", Hex(stack.Start));
        json.WriteString("end", Hex(stack.End));
        json.WriteNumber("peakBytes", stack.PeakBytes);
        json.WriteBoolean("peakIsExact", stack.PeakIsExact);
        json.WriteNumber("mappedBytes", stack.MappedBytes);
        json.WriteNumber("reservedBytes", stack.ReservedBytes);
        json.WriteNumber("limitBytes", stack.LimitBytes);
        json.WriteNumber("guardBytes", stack.GuardBytes);
        json.WriteNumber("headroomBytes", stack.HeadroomBytes);
        json.WriteNumber("growths", stack.Growths);
        json.WriteEndObject();
    }
}
