// A recording's summary as one JSON document, for scripts; docs/recording.md describes it.
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>Writes what a recording comes to: totals, overflows, advice, processes, stacks by risk, and the functions that made stacks grow.</summary>
public static class JsonExporter
{
    private const int MostFunctions = 200, MostFrames = 100;

    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Writes a run.</summary>
    /// <param name="run">The recording.</param>
    /// <param name="output">Receives UTF-8; stays open.</param>
    public static void Write(RecordedRun run, Stream output)
    {
        ArgumentNullException.ThrowIfNull(run);
        var symbols = new SymbolTable(run);
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("format"u8, "growstack-summary"u8);
        json.WriteNumber("version"u8, 1);
        WriteStart(json, run);
        WriteTotals(json, run);
        WriteArray(json, "overflows", run.Stacks.Where(s => s.Overflow is not null).OrderBy(s => s.Overflow!.Value.At), s => WriteOverflow(json, run, s));
        WriteArray(json, "advice", StackAdvice.For(run), a => WriteAdvice(json, a));
        WriteArray(json, "processes", run.Processes, p => WriteProcess(json, p));
        WriteArray(json, "stacks", run.StacksByRisk(), s => WriteStack(json, s));
        WriteArray(json, "functions", FunctionWeight.Of(FlameTree.OfGrowths(run, symbols)).Take(MostFunctions), f => WriteFunction(json, symbols, f));
        json.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter json, RecordedRun run)
    {
        json.WriteString("recording"u8, run.Name);
        json.WriteString("growstack"u8, run.Start.Growstack);
        json.WriteString("time"u8, run.Start.Time.UtcDateTime);
        WriteTexts(json, "command", run.Start.Command);
        json.WriteString("release"u8, run.Start.Release);
        json.WriteNumber("sgrowsiz"u8, run.Start.GrowthSize);
        json.WriteNumber("guardPages"u8, run.Start.GuardPages);
        json.WriteNumber("pageSize"u8, run.Start.PageSize);
        json.WriteStartObject("options"u8);
        foreach (var (option, value) in run.Start.Options)
            json.WriteString(option, value);

        json.WriteEndObject();
        json.WriteBoolean("complete"u8, run.End is not null);
        WriteNumber(json, "exitCode", run.End?.ExitCode);
        json.WriteNumber("duration"u8, run.Duration);
    }

    private static void WriteTotals(Utf8JsonWriter json, RecordedRun run)
    {
        json.WriteStartObject("totals"u8);
        json.WriteNumber("processes"u8, run.Processes.Count);
        json.WriteNumber("stacks"u8, run.Stacks.Count);
        json.WriteNumber("overflows"u8, run.Stacks.Count(s => s.Overflow is not null));
        json.WriteNumber("growths"u8, run.GrowthCount);
        json.WriteNumber("grown"u8, run.GrownBytes);
        json.WriteNumber("used"u8, run.Stacks.Aggregate(0UL, (sum, s) => sum + s.Used));
        json.WriteNumber("reserved"u8, run.Stacks.Aggregate(0UL, (sum, s) => sum + (s.Line.High - s.Line.Low)));
        json.WriteEndObject();
    }

    private static void WriteOverflow(Utf8JsonWriter json, RecordedRun run, RecordedStack stack)
    {
        var overflow = stack.Overflow!.Value;
        json.WriteNumber("at"u8, overflow.At);
        json.WriteNumber("stack"u8, overflow.Stack);
        json.WriteNumber("pid"u8, overflow.Pid);
        json.WriteNumber("tid"u8, overflow.Tid);
        json.WriteString("thread"u8, stack.Title);
        WriteAddress(json, "address", overflow.Address);
        WriteAddress(json, "instruction", overflow.Instruction);
        WriteSize(json, "below", overflow.Below);
        WriteSize(json, "limit", overflow.Limit);
        json.WriteString("limitFrom"u8, overflow.LimitFrom);
        WriteTexts(json, "explanation", overflow.Explanation);
        if (overflow.Chain is not { } id || !run.Chains.TryGetValue(id, out var chain))
            return;

        var inner = chain.Frames[..Math.Min(chain.Frames.Length, MostFrames)];
        WriteArray(json, "frames", inner.ToArray(), frame => WriteFrame(json, run.Frames.GetValueOrDefault(frame)));
        json.WriteNumber("framesLeftOut"u8, chain.More + chain.Frames.Length - inner.Length + chain.Outer.Length);
    }

    private static void WriteFrame(Utf8JsonWriter json, in FrameLine frame)
    {
        json.WriteString("function"u8, frame.Function);
        WriteText(json, "module", frame.Module);
        WriteText(json, "file", frame.File);
        WriteNumber(json, "line", frame.Line);
    }

    private static void WriteAdvice(Utf8JsonWriter json, StackAdvice advice)
    {
        json.WriteString("kind"u8, advice.Kind == AdviceKind.NearLimit ? "near-limit"u8 : "oversized"u8);
        json.WriteString("text"u8, advice.Text.Replace('\u00a0', ' ').Replace('\u202f', ' '));
        json.WriteNumber("used"u8, advice.Used);
        json.WriteNumber("room"u8, advice.Room);
        json.WriteNumber("suggested"u8, advice.Suggested);
        json.WriteStartArray("stacks"u8);
        foreach (var stack in advice.Stacks)
            json.WriteNumberValue(stack.Line.Stack);

        json.WriteEndArray();
    }

    private static void WriteProcess(Utf8JsonWriter json, RecordedProcess process)
    {
        json.WriteNumber("pid"u8, process.Line.Pid);
        json.WriteNumber("parent"u8, process.Line.Parent);
        WriteTexts(json, "command", process.Line.Command);
        json.WriteString("how"u8, Vocabulary.Origins[(int)process.Line.How]);
        json.WriteNumber("at"u8, process.Line.At);
        WriteNumber(json, "endedAt", process.EndedAt);
        WriteNumber(json, "status", process.Exit?.Status);
        WriteText(json, "signal", process.Exit?.Signal);
    }

    private static void WriteStack(Utf8JsonWriter json, RecordedStack stack)
    {
        var line = stack.Line;
        json.WriteNumber("stack"u8, line.Stack);
        json.WriteNumber("pid"u8, line.Pid);
        json.WriteNumber("tid"u8, line.Tid);
        json.WriteString("thread"u8, stack.Title);
        json.WriteString("kind"u8, Vocabulary.Kinds[(int)line.Kind]);
        json.WriteString("role"u8, line.Role);
        WriteAddress(json, "low", line.Low);
        WriteAddress(json, "high", line.High);
        WriteSize(json, "guard", line.Guard);
        WriteSize(json, "limit", stack.Limit);
        json.WriteString("limitFrom"u8, line.LimitFrom);
        WriteSize(json, "used", stack.Used);
        WriteSize(json, "mapped", stack.Mapped);
        json.WriteNumber("share"u8, Math.Round(stack.Share, 4));
        json.WriteNumber("growths"u8, stack.GrowthCount);
        json.WriteBoolean("overflowed"u8, stack.Overflow is not null);
        json.WriteNumber("at"u8, line.At);
        WriteNumber(json, "endedAt", stack.EndedAt);
    }

    private static void WriteFunction(Utf8JsonWriter json, SymbolTable symbols, FunctionWeight weight)
    {
        var symbol = symbols.Symbols[weight.Symbol];
        json.WriteString("function"u8, symbol.Name);
        WriteText(json, "module", symbol.Module);
        WriteText(json, "file", symbol.File);
        json.WriteNumber("bytes"u8, weight.Bytes);
        json.WriteNumber("growths"u8, weight.Count);
        json.WriteNumber("selfBytes"u8, weight.SelfBytes);
        json.WriteNumber("selfGrowths"u8, weight.SelfCount);
        json.WriteNumber("recursion"u8, weight.Repeats);
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
            json.WriteNumber(name, value);
    }

    private static void WriteSize(Utf8JsonWriter json, string name, ulong bytes)
    {
        if (bytes == RecordingFormat.Unlimited)
            json.WriteNull(name);
        else
            json.WriteNumber(name, bytes);
    }

    private static void WriteAddress(Utf8JsonWriter json, string name, ulong address) =>
        json.WriteString(name, "0x" + address.ToString("x", CultureInfo.InvariantCulture));
}
