// What can be known of a chain of calls without unwinding tables: words on the stack that are return addresses.
using Growstack.Linux.Inspection;
using Growstack.Linux.Symbols;
using Growstack.Maps;

namespace Growstack.Linux.Explaining;

/// <summary>Finds return addresses on a stopped thread's stack, and says in which module and where an address lies.</summary>
internal sealed class StackScan(RegionMap regions, StackMemory memory)
{
    private const ulong Searched = 64 << 10;
    private const int Most = 24;

    /// <summary>The place of an address, by module and offset.</summary>
    public CallFrame Place(ulong address)
    {
        var region = regions.Find(address);
        string? module = region is { FromFile: true } && !CallChainBuilder.IsNoFile(region.Value.Name) ? region.Value.Name : null;
        return new CallFrame { Address = address, Module = module, Offset = module is null ? 0 : address - Bottom(module) };
    }

    /// <summary>Looks for words that point behind a call instruction in a file's code, and takes each once.</summary>
    /// <param name="start">Where to begin: the stack pointer, or where the stack is mapped should that be higher.</param>
    /// <param name="stackEnd">The stack's highest address.</param>
    public List<CallFrame> Find(ulong start, ulong stackEnd)
    {
        var found = new List<CallFrame>();
        var known = new HashSet<ulong>();
        Span<byte> code = stackalloc byte[CallInstruction.Longest];
        var end = Math.Min(stackEnd, start + Searched);
        for (var at = (start + 7) & ~7UL; at < end && found.Count < Most && memory.TryRead(at, out var word); at += sizeof(ulong))
        {
            if (known.Contains(word) || regions.Find(word) is not { FromFile: true } region || (region.Protection & VmProt.Execute) == 0)
                continue;
            if (memory.Read(word - CallInstruction.Longest, code) != code.Length || !CallInstruction.Ends(code))
                continue;
            _ = known.Add(word);
            found.Add(Place(word));
        }

        return found;
    }

    // Where the file's first page is mapped: what tools that read the file call address zero, unless it is linked elsewhere.
    private ulong Bottom(string module) => regions.Regions.First(r => r.FromFile && r.Name == module).Start;
}
