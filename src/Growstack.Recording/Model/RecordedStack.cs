// One stack's life.
namespace Growstack.Recording;

/// <summary>A stack with all that happened to it.</summary>
public sealed class RecordedStack
{
    internal RecordedStack(in StackLine line, RecordedProcess process, string threadName)
    {
        Line = line;
        Process = process;
        ThreadName = threadName;
        Limit = line.Limit;
        Mapped = line.Mapped;
    }

    /// <summary>How it came under management.</summary>
    public StackLine Line { get; }

    /// <summary>The program that it belongs to.</summary>
    public RecordedProcess Process { get; }

    /// <summary>The last name of the thread that ran on it; may be empty.</summary>
    public string ThreadName { get; internal set; }

    /// <summary>What to call it: the thread's name, or the program's for a nameless main thread, or <c>thread TID</c>.</summary>
    public string Title =>
        ThreadName.Length > 0 ? ThreadName : Line.Kind == StackKind.Main ? Process.Name : $"thread {Line.Tid}";

    /// <summary>The growths in order.</summary>
    public IReadOnlyList<GrowthLine> Growths => GrowthList;

    /// <summary>Changes of its limit, as (microseconds, bytes), in order.</summary>
    public IReadOnlyList<(long At, ulong Bytes)> LimitChanges => LimitChangeList;

    /// <summary>The first overflow; null if there was none.</summary>
    public OverflowLine? Overflow { get; internal set; }

    /// <summary>What was measured in the end; null if that was not recorded.</summary>
    public PeakLine? Peak { get; internal set; }

    /// <summary>The limit that held last, in bytes, or <see cref="RecordingFormat.Unlimited"/>.</summary>
    public ulong Limit { get; internal set; }

    /// <summary>Bytes mapped in the end.</summary>
    public ulong Mapped { get; internal set; }

    /// <summary>When its thread ended, in microseconds; null if that was not recorded.</summary>
    public long? EndedAt => Peak?.At ?? Process.EndedAt;

    /// <summary>The deepest use in bytes: measured, or else what was mapped.</summary>
    public ulong Used => Peak is { } peak ? peak.Bytes : Mapped;

    /// <summary>How often it grew.</summary>
    public long GrowthCount => Math.Max(GrowthList.Count, Peak?.Growths ?? 0);

    /// <summary>Bytes it could use: its limit or, without one, its reservation less the guard.</summary>
    public ulong Room => Limit is 0 or RecordingFormat.Unlimited ? Line.High - Line.Low - Line.Guard : Limit;

    /// <summary>The share of <see cref="Room"/> that was used: 0 to 1, more if it went on past its limit.</summary>
    public double Share => Room == 0 ? 0 : (double)Used / Room;

    /// <summary>The chain of the overflow or else of the deepest growth that has one; null if none is known.</summary>
    public int? DeepestChain
    {
        get
        {
            if (Overflow?.Chain is { } chain)
                return chain;

            for (var i = GrowthList.Count - 1; i >= 0; i--)
            {
                if (GrowthList[i].Chain is { } last)
                    return last;
            }

            return null;
        }
    }

    internal List<GrowthLine> GrowthList { get; } = [];

    internal List<(long At, ulong Bytes)> LimitChangeList { get; } = [];
}
