// Folds recursion while a chain streams by, in memory that does not grow with the chain.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Symbols;

/// <summary>A frame on its way into the folder.</summary>
internal readonly record struct RawFrame(Function Function, ulong Address, bool IsExact, bool IsSignal, ulong Size, bool IsGuessed = false);

/// <summary>A folded piece: a single frame, a cycle, or a mixture.</summary>
internal sealed record RawPart(CallChainPartKind Kind, RawFrame[] Frames, long[] Counts, long Repetitions, long FrameCount, ulong Bytes);

/// <summary>
/// Takes frames from the innermost outwards. Frames that repeat in the same order at least three times become a cycle; functions are
/// compared, not addresses, so that a function that calls itself from two places still folds. When too many pieces remain, as with
/// recursion in no fixed order, those in the middle become one mixture told by function.
/// </summary>
internal sealed class ChainFolder
{
    /// <summary>The longest cycle that is recognised.</summary>
    public const int LongestCycle = 64;

    private const int Repeats = 3;
    private const int KeptAtEachEnd = 128;

    // Plain frames that may yet turn out to be part of a cycle; those before belong to no cycle any more.
    private readonly List<RawFrame> _pending = [];

    // For each length: how many frames in a row equalled the one that many before.
    private readonly int[] _equalRun = new int[LongestCycle + 1];

    private readonly List<RawPart> _head = [];
    private readonly Queue<RawPart> _tail = new();
    private readonly Dictionary<Function, Tally> _mixture = [];
    private readonly Dictionary<Function, Tally> _sizes = [];
    private long _mixed;

    private RawFrame[]? _cycle;
    private int _position;
    private long _repetitions;
    private ulong _cycleBytes;
    private readonly List<RawFrame> _partial = [];

    /// <summary>How many frames were added.</summary>
    public long Count { get; private set; }

    /// <summary>The cycle the chain is in right now: its length in frames, and the bytes of one repetition on average; null outside a cycle.</summary>
    public (int Length, double Bytes)? CurrentCycle => _cycle is null ? null : (_cycle.Length, (double)_cycleBytes / _repetitions);

    /// <summary>Adds the next outer frame.</summary>
    public void Add(in RawFrame frame)
    {
        Count++;
        Tally.Add(_sizes, frame, 1, frame.Size);
        if (_cycle is null)
        {
            AddPlain(frame);
            return;
        }

        if (ReferenceEquals(frame.Function, _cycle[_position].Function))
        {
            _partial.Add(frame);
            if (++_position == _cycle.Length)
                CompleteRepetition();
            return;
        }

        EndCycle();
        AddPlain(frame);
    }

    /// <summary>Puts frames nobody looked at into the chain.</summary>
    /// <param name="repetitions">How often the current cycle is thought to repeat in them; there must be one.</param>
    /// <param name="bytes">The stack they take.</param>
    public void AddGap(long repetitions, ulong bytes)
    {
        var cycle = _cycle ?? throw new InvalidOperationException("Only a cycle can be continued by an estimate.");
        EndCycle();
        FlushPending(0);
        var frames = repetitions * cycle.Length;
        Count += frames;
        Emit(new RawPart(CallChainPartKind.Gap, cycle, [.. cycle.Select(_ => repetitions)], repetitions, frames, bytes));
    }

    /// <summary>Ends the chain.</summary>
    /// <returns>Its pieces, the innermost first.</returns>
    public List<RawPart> Finish()
    {
        if (_cycle is not null)
            EndCycle();
        FlushPending(0);
        List<RawPart> parts = [.. _head];
        if (_mixed > 0)
        {
            var tallies = _mixture.Values.OrderByDescending(t => t.Count).ToArray();
            parts.Add(new RawPart(CallChainPartKind.Mixture, [.. tallies.Select(t => t.Example)], [.. tallies.Select(t => t.Count)], 1, _mixed,
                tallies.Aggregate(0UL, (sum, t) => sum + t.Total)));
        }

        parts.AddRange(_tail);
        return parts;
    }

    /// <summary>The functions with the largest frames.</summary>
    public IEnumerable<(RawFrame Largest, ulong Total, long Count)> LargestFrames(int most) =>
        _sizes.Values.OrderByDescending(t => t.Example.Size).ThenByDescending(t => t.Total).Take(most).Select(t => (t.Example, t.Total, t.Count));

    private void AddPlain(in RawFrame frame)
    {
        _pending.Add(frame);
        var count = _pending.Count;
        var frames = CollectionsMarshal.AsSpan(_pending);
        var runs = _equalRun.AsSpan(0, Math.Min(LongestCycle, count - 1) + 1);
        for (var length = 1; length < runs.Length; length++)
        {
            if (!ReferenceEquals(frames[count - 1 - length].Function, frame.Function))
            {
                runs[length] = 0;
            }
            else if (++runs[length] >= (Repeats - 1) * length)
            {
                BeginCycle(length);
                return;
            }
        }

        if (count > 2 * Repeats * LongestCycle)
            FlushPending(Repeats * LongestCycle);
    }

    private void BeginCycle(int length)
    {
        var start = _pending.Count - Repeats * length;
        var frames = _pending.GetRange(start, Repeats * length);
        _pending.RemoveRange(start, Repeats * length);
        FlushPending(0);
        _cycle = [.. frames.Take(length)];
        _repetitions = Repeats;
        _cycleBytes = 0;
        foreach (var frame in frames)
            _cycleBytes += frame.Size;
        _position = 0;
        _partial.Clear();
        Array.Clear(_equalRun);
    }

    private void CompleteRepetition()
    {
        foreach (ref readonly var frame in CollectionsMarshal.AsSpan(_partial))
            _cycleBytes += frame.Size;
        _partial.Clear();
        _repetitions++;
        _position = 0;
    }

    // What was begun of a further repetition goes back among the plain frames.
    private void EndCycle()
    {
        var cycle = _cycle!;
        _cycle = null;
        Emit(new RawPart(CallChainPartKind.Cycle, cycle, [.. cycle.Select(_ => _repetitions)], _repetitions, _repetitions * cycle.Length, _cycleBytes));
        var begun = _partial.ToArray();
        _partial.Clear();
        foreach (var frame in begun)
            AddPlain(frame);
    }

    private void FlushPending(int keep)
    {
        var flushed = Math.Max(0, _pending.Count - keep);
        for (var i = 0; i < flushed; i++)
            Emit(new RawPart(CallChainPartKind.Frame, [_pending[i]], [1], 1, 1, _pending[i].Size));
        _pending.RemoveRange(0, flushed);
    }

    private void Emit(RawPart part)
    {
        if (_head.Count < KeptAtEachEnd)
        {
            _head.Add(part);
            return;
        }

        _tail.Enqueue(part);
        if (_tail.Count <= KeptAtEachEnd)
            return;

        var middle = _tail.Dequeue();
        _mixed += middle.FrameCount;
        var bytes = middle.Bytes / (ulong)middle.FrameCount;
        for (var i = 0; i < middle.Frames.Length; i++)
            Tally.Add(_mixture, middle.Frames[i], middle.Counts[i], bytes * (ulong)middle.Counts[i]);
    }

    /// <summary>What the frames of one function add up to.</summary>
    private sealed class Tally(RawFrame example)
    {
        /// <summary>Code made at run time can have any number of functions.</summary>
        private const int MostFunctions = 1 << 16;

        public RawFrame Example { get; private set; } = example;

        public ulong Total { get; private set; }

        public long Count { get; private set; }

        public static void Add(Dictionary<Function, Tally> tallies, in RawFrame frame, long count, ulong bytes)
        {
            if (!tallies.TryGetValue(frame.Function, out var tally))
            {
                if (tallies.Count >= MostFunctions)
                    return;
                tallies.Add(frame.Function, tally = new Tally(frame));
            }

            tally.Count += count;
            tally.Total += bytes;
            if (frame.Size > tally.Example.Size)
                tally.Example = frame;
        }
    }
}
