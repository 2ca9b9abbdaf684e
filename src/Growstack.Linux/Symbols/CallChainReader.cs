// Follows the call chain of a stopped thread, however deep.
using System.Globalization;
using Growstack.Linux.Inspection;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Symbols;

/// <summary>Whether call chains can be read here.</summary>
/// <param name="IsAvailable">They can.</param>
/// <param name="Explanation">What to install if not; otherwise empty.</param>
public readonly record struct CallChainSupport(bool IsAvailable, string Explanation)
{
    /// <summary>What holds on this system.</summary>
    public static CallChainSupport Here { get; } = Libdw.Instance is null
        ? new(false, "call chains need libdw of elfutils: install libdw1 (Debian, Ubuntu), elfutils-libs (Fedora, RHEL), libelf (Arch), libdw (Alpine)")
        : new(true, "");
}

/// <summary>
/// Reads call chains of one process image whose threads stand still under ptrace(2). The unwinding tables come from libdw; the steps are
/// made here, for a rule that was read once serves every further frame at that address: a million frames take well under a second.
/// Not thread-safe. After execve(2) a new reader is needed.
/// </summary>
internal sealed class CallChainReader : IDisposable
{
    private readonly int _pid;
    private readonly ProcessSymbols _symbols;
    private readonly StackMemory _memory;
    private RegionMap _regions = new([]);

    private CallChainReader(int pid, ProcessSymbols symbols)
    {
        _pid = pid;
        _symbols = symbols;
        _memory = new StackMemory(pid);
        ReadRegions();
    }

    /// <summary>Opens a reader for a process that may be traced.</summary>
    /// <returns>Null if libdw is missing (see <see cref="CallChainSupport"/>) or the process is gone.</returns>
    public static CallChainReader? Open(int pid) =>
        Libdw.Instance is { } libdw && ProcessSymbols.Open(libdw, pid) is { } symbols ? new CallChainReader(pid, symbols) : null;

    /// <summary>Reads the chain of a stopped thread.</summary>
    /// <param name="registers">Its registers, as PTRACE_GETREGS gave them.</param>
    /// <param name="options">How much is wanted.</param>
    public CallChain Read(in Registers registers, CallChainOptions options)
    {
        _memory.Invalidate();
        _memory.ReadAheadEnd = options.StackEnd ?? ulong.MaxValue;
        var folder = new ChainFolder();
        var walk = new ChainWalk(_symbols, _memory, Admit);
        var state = UnwindState.From(registers);
        var end = walk.Follow(ref state, folder, options.MostFrames, options.MostTime);
        string? estimate = null;
        if (end is CallChainEnd.TimeLimit or CallChainEnd.FrameLimit && options.StackEnd is { } stackEnd)
            estimate = new ChainOutside(_symbols, _memory, walk).Complete(state, folder, stackEnd, ref end);
        return new CallChainBuilder(_symbols, options.WithLines).Build(folder, estimate, end);
    }

    /// <summary>Reads only addresses: the cheapest form, to be named later by <see cref="Describe"/>.</summary>
    /// <param name="registers">The registers of a stopped thread.</param>
    /// <param name="addresses">Receives the innermost instruction and then return addresses.</param>
    /// <returns>How many there are.</returns>
    public int ReadAddresses(in Registers registers, Span<ulong> addresses)
    {
        _memory.Invalidate();
        _memory.ReadAheadEnd = ulong.MaxValue;
        var walk = new ChainWalk(_symbols, _memory, Admit);
        var state = UnwindState.From(registers);
        var count = 0;
        while (count < addresses.Length)
        {
            addresses[count++] = state.InstructionPointer;
            if (walk.Step(ref state, out _) != StepResult.Caller)
                break;
        }

        return count;
    }

    /// <summary>Names an address that <see cref="ReadAddresses"/> gave.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isInnermost">Whether it was the first.</param>
    /// <param name="withLine">Whether to look up the source line.</param>
    public CallFrame Describe(ulong address, bool isInnermost, bool withLine)
    {
        var point = _symbols.At(isInnermost ? address : address - 1);
        return new CallChainBuilder(_symbols, withLine).Describe(new RawFrame(point.Function, address, isInnermost, point.Rule.IsSignal, 0), 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _symbols.Dispose();
        _memory.Dispose();
    }

    // Called for an address in no known module. The process may have loaded one since; otherwise it is code made at run time, or no code.
    private bool Admit(ulong address)
    {
        if (IsCode(address))
            return true;

        ReadRegions();
        if (!IsCode(address))
            return false;

        // Names and rules handed out before stay valid objects; only their sources are read anew.
        if (_regions.Find(address) is { FromFile: true })
            _symbols.Refresh();
        return true;
    }

    private bool IsCode(ulong address) => _regions.Find(address) is { } region && (region.Protection & VmProt.Execute) != 0;

    private void ReadRegions()
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{ProcFs.MountPoint}/{_pid}/maps");
        if (ProcFs.ReadText(path, out var text) == ProcError.None)
            _regions = RegionMap.Parse(text);
    }
}
