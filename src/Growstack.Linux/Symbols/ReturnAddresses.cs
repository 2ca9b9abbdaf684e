// Tells return addresses from other words on a stack: an instruction that calls stands before them.
namespace Growstack.Linux.Symbols;

/// <summary>Recognises return addresses.</summary>
internal sealed class ReturnAddresses(ProcessSymbols symbols, StackMemory memory)
{
    private const ulong FarthestSearch = 16 << 10;

    private readonly Dictionary<ulong, bool> _known = [];

    /// <summary>Whether an address lies in a module that has an unwinding rule for it.</summary>
    public bool HasRule(ulong address) => symbols.IsInModule(address - 1) && !symbols.At(address - 1).Rule.IsGuess;

    /// <summary>Whether a call instruction ends at an address.</summary>
    public bool IsReturnAddress(ulong address)
    {
        const int MostKnown = 1 << 16;
        if (_known.TryGetValue(address, out var known))
            return known;

        if (_known.Count >= MostKnown)
            _known.Clear();
        Span<byte> code = stackalloc byte[CallInstruction.Longest];
        return _known[address] = address > CallInstruction.Longest && memory.Read(address - CallInstruction.Longest, code) == CallInstruction.Longest && CallInstruction.Ends(code);
    }

    /// <summary>
    /// Searches the stack upwards for the nearest return address into code that has an unwinding rule: the last resort for a frame
    /// without tables and without a frame pointer, such as most of musl's own functions.
    /// </summary>
    /// <param name="state">The frame; the frame found afterwards.</param>
    public bool TryFindReturnAddress(ref UnwindState state)
    {
        var start = (state.StackPointer + 7) & ~7UL;
        for (var address = start; address < start + FarthestSearch && memory.TryRead(address, out var word); address += sizeof(ulong))
        {
            if (word < CallInstruction.Longest || !HasRule(word) || !IsReturnAddress(word))
                continue;

            state.InstructionPointer = word;
            state.StackPointer = address + sizeof(ulong);
            state.IsExact = false;
            state.IsGuessed = true;
            return true;
        }

        return false;
    }
}
