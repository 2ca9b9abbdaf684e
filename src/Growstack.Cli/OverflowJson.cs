// A stack overflow in run's JSON document; docs/json.md describes it.
using System.Text.Json;
using Growstack.Linux;
using Growstack.Linux.Explaining;
using Growstack.Linux.Inspection;
using Growstack.Linux.Symbols;
using static Growstack.Cli.JsonWords;

namespace Growstack.Cli;

/// <summary>Writes overflows with all that was seen of them.</summary>
internal static class OverflowJson
{
    /// <summary>Writes one overflow as an object.</summary>
    public static void Write(Utf8JsonWriter json, ProcessReport process, in StackOverflow overflow)
    {
        json.WriteStartObject();
        json.WriteNumber("threadId", overflow.ThreadId);
        json.WriteString("threadName", overflow.ThreadName);
        json.WriteString("stack", Hex(overflow.Stack));
        json.WriteString("faultAddress", Hex(overflow.FaultAddress));
        json.WriteString("stackPointer", Hex(overflow.StackPointer));
        json.WriteString("instructionPointer", Hex(overflow.InstructionPointer));
        json.WriteNumber("bytesBelowLimit", overflow.BytesBelowLimit);
        json.WriteNumber("limitBytes", overflow.Limit);
        json.WriteString("answer", Camel(overflow.Reason));
        json.WriteBoolean("fatal", overflow.Fatal);
        json.WriteBoolean("letThrough", overflow.LetThrough);
        if (overflow.Scene is { } scene)
            WriteScene(json, scene);
        json.WriteStartArray("explanation");
        foreach (string line in OverflowExplanation.Lines(overflow, process.Command, OverflowExplanation.Used(process, overflow)))
            json.WriteStringValue(line);
        json.WriteStringValue("  " + OverflowExplanation.Outcome(process, overflow));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScene(Utf8JsonWriter json, OverflowScene scene)
    {
        json.WriteString("kind", Camel(scene.Kind));
        json.WriteString("limitFrom", Camel(scene.LimitOrigin));
        json.WriteBoolean("hasHandler", scene.HasHandler);
        json.WritePropertyName("instruction");
        WriteFrame(json, scene.Instruction, inChain: false);
        json.WriteStartArray("runtimes");
        foreach (var runtime in Enum.GetValues<ProcessRuntime>().Where(r => r != 0 && (scene.Runtimes & r) != 0))
            json.WriteStringValue(Camel(runtime));
        json.WriteEndArray();
        if (scene.ChainMissing is { } missing)
            json.WriteString("chainMissing", missing);
        if (scene.Chain is { } chain)
            WriteChain(json, chain);
        if (scene.ReturnAddresses.Count == 0)
            return;
        json.WriteStartArray("returnAddresses");
        foreach (var frame in scene.ReturnAddresses)
            WriteFrame(json, frame, inChain: false);
        json.WriteEndArray();
    }

    private static void WriteChain(Utf8JsonWriter json, CallChain chain)
    {
        json.WriteStartObject("chain");
        json.WriteNumber("frameCount", chain.FrameCount);
        if (chain.Estimate is { } estimate)
            json.WriteString("estimate", estimate);
        json.WriteString("end", Camel(chain.End));
        json.WriteStartArray("parts");
        foreach (var part in chain.Parts)
        {
            json.WriteStartObject();
            json.WriteString("kind", Camel(part.Kind));
            json.WriteNumber("repetitions", part.Repetitions);
            json.WriteNumber("frameCount", part.FrameCount);
            json.WriteNumber("bytes", part.Bytes);
            json.WriteStartArray("frames");
            foreach (var frame in part.Frames)
                WriteFrame(json, frame, inChain: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("largestFrames");
        foreach (var frame in chain.LargestFrames)
        {
            json.WriteStartObject();
            json.WriteString("function", frame.Function);
            json.WriteString("module", frame.Module);
            json.WriteNumber("largestBytes", frame.Largest);
            json.WriteNumber("totalBytes", frame.Total);
            json.WriteNumber("count", frame.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("strippedModules");
        foreach (string module in chain.StrippedModules)
            json.WriteStringValue(module);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFrame(Utf8JsonWriter json, CallFrame frame, bool inChain)
    {
        json.WriteStartObject();
        json.WriteString("address", Hex(frame.Address));
        json.WriteString("function", frame.Function);
        json.WriteString("module", frame.Module);
        json.WriteNumber("offset", frame.Offset);
        if (frame.SourceFile is not null)
        {
            json.WriteString("file", frame.SourceFile);
            json.WriteNumber("line", frame.Line);
        }

        if (inChain)
        {
            json.WriteNumber("bytes", frame.Size);
            json.WriteNumber("count", frame.Count);
            if (frame.IsSignal)
                json.WriteBoolean("signal", true);
            if (frame.IsGuessed)
                json.WriteBoolean("guessed", true);
        }

        json.WriteEndObject();
    }
}
