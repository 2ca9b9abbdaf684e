// What the memory benchmarks measure: the library's memory, and the page table that one writes in ten lines today.
using System.Runtime.CompilerServices;

using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Bench;

/// <summary>A guest's memory.</summary>
public interface IGuestPages<T>
    where T : IGuestPages<T>
{
    static abstract T Create();

    void Map(ulong at, ulong pages);

    void Unmap(ulong at, ulong pages);

    ulong Read(ulong at);

    void Write(ulong at, ulong value);

    T Fork();

    void End();
}

/// <summary>The library's: protected, copy-on-write, and safe to be used by several threads.</summary>
public readonly struct MappedMemory : IGuestPages<MappedMemory>
{
    private readonly GuestMemory _memory;

    private MappedMemory(VmProcess process) => _memory = new GuestMemory(process);

    public static MappedMemory Create() => new(new VmProcess(new VmSpace(new VmSystem(VmRelease.FreeBsd12), Layout.Min, Layout.Max)));

    public void Map(ulong at, ulong pages) => _memory.Map.Fixed(null, 0, at, pages * VmPage.Size, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);

    public void Unmap(ulong at, ulong pages) => _memory.Map.Remove(at, at + (pages * VmPage.Size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(ulong at) => _memory.Read(at, out ulong value) == KernReturn.Success ? value : Refused();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong at, ulong value)
    {
        if (_memory.Write(at, value) != KernReturn.Success)
            Refused();
    }

    public MappedMemory Fork() => new(_memory.Process.Fork()!);

    public void End() => _memory.Process.Space.Free();

    private static ulong Refused() => throw new InvalidOperationException("The access was refused.");
}

/// <summary>A dictionary from page numbers to pages: neither protected nor safe to be used by several threads; a fork copies everything.</summary>
public readonly struct PageDictionary : IGuestPages<PageDictionary>
{
    private readonly Dictionary<ulong, byte[]> _pages = [];

    public PageDictionary()
    {
    }

    public static PageDictionary Create() => new();

    public void Map(ulong at, ulong pages)
    {
        for (var page = at / VmPage.Size; pages > 0; page++, pages--)
            _pages[page] = new byte[VmPage.Size];
    }

    public void Unmap(ulong at, ulong pages)
    {
        for (var page = at / VmPage.Size; pages > 0; page++, pages--)
            _pages.Remove(page);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(ulong at) => Unsafe.ReadUnaligned<ulong>(ref _pages[at / VmPage.Size][(int)(at % VmPage.Size)]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong at, ulong value) => Unsafe.WriteUnaligned(ref _pages[at / VmPage.Size][(int)(at % VmPage.Size)], value);

    public PageDictionary Fork()
    {
        var child = new PageDictionary();
        foreach (var (number, page) in _pages)
            child._pages.Add(number, (byte[])page.Clone());
        return child;
    }

    public void End() => _pages.Clear();
}
