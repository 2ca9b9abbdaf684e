// Writes traces: operations with what the library answers, to be replayed.
namespace Growstack.Traces;

/// <summary>Carries operations out and writes each with its answer, as a trace that <see cref="Replayer"/> replays without divergence.</summary>
/// <param name="world">The world that the operations act on.</param>
/// <param name="output">Where the trace goes.</param>
public sealed class TraceWriter(TraceWorld world, TextWriter output)
{
    private int _line;

    /// <summary>Carries an operation out and writes it.</summary>
    /// <param name="operation">One line of a trace, up to the arrow.</param>
    /// <returns>What was written behind the arrow.</returns>
    /// <exception cref="TraceFormatException">It is no operation; nothing was written.</exception>
    public string Write(string operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        _line++;
        TraceOperation? parsed = null;
        foreach (var item in TraceReader.Read(new StringReader(operation), "operation"))
        {
            if (parsed is not null || item.Operation is null)
                throw item.Error ?? new TraceFormatException("operation", _line, 1, "One operation is written at a time.");
            parsed = item.Operation;
        }
        if (parsed is null)
            throw new TraceFormatException("operation", _line, 1, "There is no operation.");
        var answer = world.Execute(parsed);
        output.Write(parsed.Text);
        output.Write(parsed.IsDump ? " " : " -> ");
        output.Write(answer);
        output.Write('\n');
        if (parsed.IsDump)
        {
            foreach (var line in TraceText.Lines(world.Map, parsed.Name == "dumpfull"))
            {
                output.Write("| ");
                output.Write(line);
                output.Write('\n');
            }
        }
        return answer;
    }

    /// <summary>Writes a comment of one line.</summary>
    public void Comment(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        output.Write("# ");
        output.Write(text.ReplaceLineEndings(" "));
        output.Write('\n');
    }
}
