// When a chain is too long to be followed: finds its outermost frames from the stack's end, and estimates those between.
using System.Globalization;

namespace Growstack.Linux.Symbols;

/// <summary>Completes a chain from its other end.</summary>
internal sealed class ChainOutside(ProcessSymbols symbols, StackMemory memory, ChainWalk walk)
{
    private const ulong SearchStep = 64 << 10;
    private const ulong FarthestSearch = 1 << 20;
    private const int MostOuterFrames = 100_000;

    private readonly ReturnAddresses _calls = new(symbols, memory);

    /// <summary>Adds an estimated gap and the outermost frames.</summary>
    /// <param name="reached">The first frame that was not followed.</param>
    /// <param name="folder">The chain so far; it must be in a cycle, for what repeats can be counted on to go on.</param>
    /// <param name="stackEnd">The stack's highest address.</param>
    /// <param name="end">How the chain ended; complete if its outside was found.</param>
    /// <returns>How the number of frames was estimated; null if it was not.</returns>
    public string? Complete(in UnwindState reached, ChainFolder folder, ulong stackEnd, ref CallChainEnd end)
    {
        if (folder.CurrentCycle is not { Bytes: > 0 } cycle || stackEnd <= reached.StackPointer)
            return null;

        var followed = folder.Count;
        var outer = FindOuter(reached.StackPointer, stackEnd);
        var outerStart = outer?.StackPointer ?? stackEnd;
        var bytes = outerStart - reached.StackPointer;
        var repetitions = (long)(bytes / cycle.Bytes);
        if (repetitions > 0)
            folder.AddGap(repetitions, bytes);
        if (outer is { } state)
            end = walk.Follow(ref state, folder, MostOuterFrames, TimeSpan.FromSeconds(1));

        return string.Create(CultureInfo.InvariantCulture,
            $"{followed} frames were followed; the {bytes} bytes between them and {(outer is null ? "the stack's end" : "the outermost frames")} hold about {repetitions * cycle.Length} more, at {cycle.Bytes:0.#} bytes for each {(cycle.Length == 1 ? "frame" : $"{cycle.Length} frames")} of the recursion");
    }

    // A word that is a return address after a call, from which the chain can be followed to a proper outermost frame, was one of its frames.
    private UnwindState? FindOuter(ulong lowest, ulong stackEnd)
    {
        for (var distance = SearchStep; distance <= FarthestSearch; distance *= 2)
        {
            var start = stackEnd - lowest > distance ? stackEnd - distance : lowest;
            for (var address = start & ~7UL; address + sizeof(ulong) <= stackEnd; address += sizeof(ulong))
            {
                if (TryBegin(address, stackEnd, out var state))
                    return state;
            }

            if (start == lowest)
                break;
        }

        return null;
    }

    private bool TryBegin(ulong address, ulong stackEnd, out UnwindState state)
    {
        state = default;
        if (!memory.TryRead(address, out var returnAddress) || !_calls.HasRule(returnAddress) || !_calls.IsReturnAddress(returnAddress))
            return false;

        state.InstructionPointer = returnAddress;
        state.StackPointer = address + sizeof(ulong);
        // A callee that keeps a frame pointer has saved its caller's right below the return address.
        if (memory.TryRead(address - sizeof(ulong), out var frame) && frame > address && frame < stackEnd)
            state.Registers[UnwindState.Rbp] = frame;

        var trial = state;
        for (var i = 0; i < MostOuterFrames; i++)
        {
            switch (walk.Step(ref trial, out _))
            {
                case StepResult.Outermost:
                    return i > 0;
                case StepResult.Lost:
                    return false;
            }

            if (trial.StackPointer > stackEnd)
                return false;
        }

        return false;
    }
}
