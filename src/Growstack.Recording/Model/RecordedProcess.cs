// A program that ran in a process.
namespace Growstack.Recording;

/// <summary>A program in a process, from its start or exec to its end or the next exec.</summary>
public sealed class RecordedProcess
{
    internal RecordedProcess(in ProcessLine line, int index) => (Line, Index) = (line, index);

    /// <summary>How it began.</summary>
    public ProcessLine Line { get; }

    /// <summary>Its place in <see cref="RecordedRun.Processes"/>.</summary>
    public int Index { get; }

    /// <summary>How it ended; null if that was not recorded.</summary>
    public ExitLine? Exit { get; internal set; }

    /// <summary>When it ended or gave way to another program, in microseconds; null if that was not recorded.</summary>
    public long? EndedAt { get; internal set; }

    /// <summary>Its address map at the end; null if that was not recorded.</summary>
    public MapLine? Map { get; internal set; }

    /// <summary>The program's file name without its directory.</summary>
    public string Name
    {
        get
        {
            var path = Line.Command.Count > 0 ? Line.Command[0] : "";
            var name = path[(path.LastIndexOf('/') + 1)..];
            return name.Length > 0 ? name : $"process {Line.Pid}";
        }
    }
}
