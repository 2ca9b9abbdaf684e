// Steps from frame to frame.
using System.Diagnostics;

namespace Growstack.Linux.Symbols;

/// <summary>What a step led to.</summary>
internal enum StepResult
{
    /// <summary>The caller's frame.</summary>
    Caller,

    /// <summary>There is no caller.</summary>
    Outermost,

    /// <summary>The caller could not be found.</summary>
    Lost,
}

/// <summary>Follows a chain through a process's stack.</summary>
/// <param name="symbols">Gives the rules.</param>
/// <param name="memory">The stack.</param>
/// <param name="admit">Decides whether an address in no module is code after all.</param>
internal sealed class ChainWalk(ProcessSymbols symbols, StackMemory memory, Func<ulong, bool> admit)
{
    private const int FramesBetweenLooksAtTheClock = 4096;

    // Where programs begin in C libraries that come without unwinding tables.
    private static readonly HashSet<string?> Entries = ["_start", "_start_c", "__libc_start_main", "libc_start_main_stage2"];

    private readonly ReturnAddresses _calls = new(symbols, memory);

    /// <summary>Goes to the caller of a frame.</summary>
    /// <param name="state">The frame; the caller's afterwards.</param>
    /// <param name="frame">What is known of the frame itself; without a function if it turned out to be none.</param>
    public StepResult Step(ref UnwindState state, out RawFrame frame)
    {
        var (address, isExact, stackPointer) = (state.InstructionPointer, state.IsExact, state.StackPointer);
        var point = symbols.At(state.LookupAddress);
        var rule = point.Rule;
        if (rule.IsGuess)
        {
            // Only here can an address be no code at all, or of a module that was loaded since.
            var admitted = admit(state.LookupAddress);
            if (!admitted && !isExact)
            {
                frame = default;
                return StepResult.Lost;
            }

            point = symbols.At(state.LookupAddress);
            rule = admitted ? point.Rule : FrameRule.JustCalled;
        }

        frame = new RawFrame(point.Function, address, isExact, rule.IsSignal, 0, state.IsGuessed);
        if (rule.IsOutermost || (rule.IsGuess && Entries.Contains(point.Function.Name)))
            return StepResult.Outermost;

        var before = state;
        if (!rule.Apply(ref state, memory, out var cfa) || (rule.IsGuess && !_calls.IsReturnAddress(state.InstructionPointer)))
        {
            state = before;
            if (!rule.IsGuess || !_calls.TryFindReturnAddress(ref state))
                return StepResult.Lost;
            cfa = state.StackPointer;
        }

        // A caller's frame lies above; only a signal's may have interrupted another stack.
        if (cfa > stackPointer)
            frame = frame with { Size = rule.IsSignal && cfa - stackPointer > MostSignalFrame ? 0 : cfa - stackPointer };
        else if (!rule.IsSignal)
            return StepResult.Lost;
        return state.InstructionPointer == 0 ? StepResult.Outermost : StepResult.Caller;
    }

    /// <summary>Follows a chain into a folder.</summary>
    /// <param name="state">The frame to begin with; the first frame not added afterwards.</param>
    /// <param name="folder">Where the frames go.</param>
    /// <param name="mostFrames">How many to follow.</param>
    /// <param name="mostTime">How long to follow.</param>
    public CallChainEnd Follow(ref UnwindState state, ChainFolder folder, long mostFrames, TimeSpan mostTime)
    {
        var started = Stopwatch.GetTimestamp();
        for (long count = 1; ; count++)
        {
            var result = Step(ref state, out var frame);
            if (frame.Function is not null)
                folder.Add(frame);
            if (result != StepResult.Caller)
                return result == StepResult.Outermost ? CallChainEnd.Complete : CallChainEnd.Lost;
            if (count >= mostFrames)
                return CallChainEnd.FrameLimit;
            if (count % FramesBetweenLooksAtTheClock == 0 && Stopwatch.GetElapsedTime(started) > mostTime)
                return CallChainEnd.TimeLimit;
        }
    }

    // A frame for AVX-512 and AMX state is below 16 KiB; more is the distance between two stacks.
    private const ulong MostSignalFrame = 16 << 10;
}
