// A page table: what is entered for 512 neighbouring pages.
using System.Runtime.CompilerServices;

using Growstack.Maps;

namespace Growstack.Memory;

/// <summary>One page's entry: where its contents are and how they may be accessed.</summary>
internal struct PageTableEntry
{
    /// <summary>The page; null: none is entered.</summary>
    internal byte[]? Page;

    /// <summary>The accesses that need no fault. Entered after the page and read before it.</summary>
    internal VmProt Protection;
}

/// <summary>The entries of the pages of 2 MiB. Guarded by its pmap's lock for writing; read by processors in the midst of an access, see <see cref="Pmap"/>.</summary>
internal sealed class PageTable(Pmap owner, ulong number)
{
    /// <summary>How many bits of an address lie within a page.</summary>
    internal const int PageShift = 12;

    /// <summary>How many bits of an address lie within a table.</summary>
    internal const int Shift = PageShift + 9;

    private const int EntryMask = Length - 1;
    private const int Length = 1 << (Shift - PageShift);

    private Entries _entries;

    internal Pmap Owner { get; } = owner;

    /// <summary>The addresses it is for, less their lower <see cref="Shift"/> bits.</summary>
    internal ulong Number { get; } = number;

    /// <summary>How many pages are entered.</summary>
    internal int Count { get; set; }

    /// <summary>The entry of an address that the table is for.</summary>
    internal ref PageTableEntry this[ulong address]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _entries[(int)(address >> PageShift) & EntryMask];
    }

    [InlineArray(Length)]
    private struct Entries
    {
        private PageTableEntry _first;
    }
}
