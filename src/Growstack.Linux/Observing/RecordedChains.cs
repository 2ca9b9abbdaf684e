// Call chains on their way into a recording.
using Growstack.Linux.Symbols;
using Growstack.Recording;

namespace Growstack.Linux.Observing;

/// <summary>Turns folded chains into what a recording holds of them: some innermost frames, some outermost, and how many lie between.</summary>
internal sealed class RecordedChains(IRecordingSink sink)
{
    private const int Innermost = 96;
    private const int Outermost = 32;
    private const long MostFramesOfGrowth = 4096;
    private static readonly TimeSpan MostTimeOfGrowth = TimeSpan.FromMilliseconds(20);

    private readonly ChainTable _table = new(sink);
    private readonly List<int> _frames = [];
    private readonly List<int> _outer = [];
    private readonly List<ulong> _sizes = [];

    /// <summary>How much of a chain is read at a growth: enough for both ends, in little time.</summary>
    /// <param name="stackEnd">The stack's highest address.</param>
    public static CallChainOptions ForGrowth(ulong stackEnd) =>
        new() { MostFrames = MostFramesOfGrowth, MostTime = MostTimeOfGrowth, StackEnd = stackEnd };

    /// <summary>The chain's identifier in the recording.</summary>
    public int Intern(CallChain chain)
    {
        _frames.Clear();
        _outer.Clear();
        _sizes.Clear();
        foreach (var frame in Frames(chain.Parts, outwards: true).Take(Innermost))
        {
            _frames.Add(Frame(frame));
            _sizes.Add(frame.Size);
        }

        long left = Math.Max(0, chain.FrameCount - _frames.Count);
        var ends = Frames(chain.Parts.Reverse(), outwards: false).Take((int)Math.Min(left, Outermost)).Reverse().ToList();
        foreach (var frame in ends)
        {
            _outer.Add(Frame(frame));
            _sizes.Add(frame.Size);
        }

        return _table.Chain(Span(_frames), left - ends.Count, Span(_outer), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sizes));
    }

    private static ReadOnlySpan<int> Span(List<int> list) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list);

    private int Frame(CallFrame frame) => _table.Frame(frame.Label, frame.Module, frame.SourceFile, frame.SourceFile is null ? null : frame.Line);

    // A recursion unfolded again, from either end. Of a mixture the order is not known: its functions stand for themselves.
    private static IEnumerable<CallFrame> Frames(IEnumerable<CallChainPart> parts, bool outwards)
    {
        foreach (var part in parts)
        {
            long repetitions = part.Kind is CallChainPartKind.Cycle or CallChainPartKind.Gap ? part.Repetitions : 1;
            for (long i = 0; i < repetitions; i++)
            {
                foreach (var frame in outwards ? part.Frames : part.Frames.Reverse())
                    yield return frame;
            }
        }
    }
}
