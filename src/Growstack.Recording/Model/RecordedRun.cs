// A whole recording in memory: what reports are made of.
namespace Growstack.Recording;

/// <summary>Everything a recording says, put together.</summary>
public sealed class RecordedRun
{
    internal RecordedRun(string name) => Name = name;

    /// <summary>The recording's name, as it was opened.</summary>
    public string Name { get; }

    /// <summary>How the recording began.</summary>
    public StartLine Start { get; internal set; }

    /// <summary>How it ended, or null if it was cut short.</summary>
    public EndLine? End { get; internal set; }

    /// <summary>When the last thing happened, in microseconds since the start.</summary>
    public long Duration { get; internal set; }

    /// <summary>Programs in the order in which they began; a process that execs counts again.</summary>
    public IReadOnlyList<RecordedProcess> Processes => ProcessList;

    /// <summary>Stacks in the order in which they came under management.</summary>
    public IReadOnlyList<RecordedStack> Stacks => StackList;

    /// <summary>Functions by identifier.</summary>
    public IReadOnlyDictionary<int, FrameLine> Frames => FrameTable;

    /// <summary>Call chains by identifier.</summary>
    public IReadOnlyDictionary<int, ChainLine> Chains => ChainLines;

    /// <summary>Changes of limits, in order.</summary>
    public IReadOnlyList<LimitLine> Limits => LimitList;

    /// <summary>Growths of all stacks.</summary>
    public long GrowthCount { get; internal set; }

    /// <summary>Bytes by which all stacks grew.</summary>
    public ulong GrownBytes { get; internal set; }

    /// <summary>Lines that spoke of a stack which was never announced; they are left out.</summary>
    public long Orphans { get; internal set; }

    /// <summary>What the reader came across.</summary>
    public RecordingReadResult Reading { get; internal set; }

    internal List<RecordedProcess> ProcessList { get; } = [];

    internal List<RecordedStack> StackList { get; } = [];

    internal Dictionary<int, FrameLine> FrameTable { get; } = [];

    internal Dictionary<int, ChainLine> ChainLines { get; } = [];

    internal List<LimitLine> LimitList { get; } = [];

    /// <summary>Reads a recording. Takes about 60 bytes of memory a growth.</summary>
    /// <param name="stream">The recording; stays open.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="progress">Called now and then with the number of bytes read so far.</param>
    /// <exception cref="RecordingFormatException">It is no recording, of a newer version, or damaged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static RecordedRun Load(Stream stream, string name, Action<long>? progress = null)
    {
        var builder = new RunBuilder(name);
        var result = RecordingReader.Read(stream, name, builder, progress);
        return builder.Finish(result);
    }

    /// <summary>The stacks by risk: those that overflowed, in order, then by the share of their limit that they used.</summary>
    public IEnumerable<RecordedStack> StacksByRisk() => Stacks
        .OrderBy(s => s.Overflow is { } overflow ? overflow.At : long.MaxValue)
        .ThenByDescending(s => s.Share)
        .ThenByDescending(s => s.Used)
        .ThenBy(s => s.Line.Stack);

    /// <summary>The stack whose deepest call chain is most worth looking at: the first that overflowed, or else the deepest; null if none has a chain.</summary>
    public RecordedStack? DeepestStack() => Stacks
        .Where(s => s.DeepestChain is { } chain && Chains.ContainsKey(chain))
        .OrderBy(s => s.Overflow is { } overflow ? overflow.At : long.MaxValue)
        .ThenByDescending(s => s.Used)
        .FirstOrDefault();
}
