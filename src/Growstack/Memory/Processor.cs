// A host thread as a processor: what it is in the midst of, and the page tables that it has at hand.
using System.Runtime.CompilerServices;

using Growstack.Maps;

namespace Growstack.Memory;

/// <summary>A thread that accesses guests' memory, as a processor with its cache of page tables. Touched by its own thread only, but for what <see cref="WaitForAccess"/> reads.</summary>
internal sealed class Processor
{
    private const int CacheMask = CacheLength - 1;
    private const int CacheLength = 64;

    [ThreadStatic]
    private static Processor? _current;

    private readonly Thread _thread = Thread.CurrentThread;
    private Cache _tables;

    // Odd in the midst of an access. Written by the processor's own thread.
    private uint _accesses;

    /// <summary>The calling thread's.</summary>
    internal static Processor Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _current ?? Create();
    }

    /// <summary>Whether its thread may ever access memory again.</summary>
    internal bool IsAlive => _thread.IsAlive;

    /// <summary>Begins an access to the page of an address, if it needs no fault. Until <see cref="End"/> the page stays entered; no lock may be taken meanwhile.</summary>
    /// <param name="pmap">The physical map.</param>
    /// <param name="address">The address.</param>
    /// <param name="access">One kind of access.</param>
    /// <returns>The page; null: not at hand, not entered or not for this access, and nothing has begun.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte[]? Begin(Pmap pmap, ulong address, VmProt access)
    {
        var table = _tables[(int)(address >> PageTable.Shift) & CacheMask];
        if (table is null || table.Number != address >> PageTable.Shift || table.Owner != pmap)
            return null;
        Volatile.Write(ref _accesses, _accesses + 1);
        ref var entry = ref table[address];
        if ((Volatile.Read(ref Unsafe.As<VmProt, byte>(ref entry.Protection)) & (byte)access) != 0 && entry.Page is { } page)
            return page;
        End();
        return null;
    }

    /// <summary>Ends an access.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void End() => Volatile.Write(ref _accesses, _accesses + 1);

    /// <summary>Keeps a table at hand. Tables need not be taken away again: one that is not in use any longer is empty for good.</summary>
    internal void Keep(PageTable table) => _tables[(int)table.Number & CacheMask] = table;

    /// <summary>Waits until an access that has begun before is over.</summary>
    internal void WaitForAccess()
    {
        var seen = Volatile.Read(ref _accesses);
        if ((seen & 1) == 0)
            return;
        var spin = default(SpinWait);
        while (Volatile.Read(ref _accesses) == seen)
            spin.SpinOnce(sleep1Threshold: -1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Processor Create() => _current = new Processor();

    [InlineArray(CacheLength)]
    private struct Cache
    {
        private PageTable? _first;
    }
}
