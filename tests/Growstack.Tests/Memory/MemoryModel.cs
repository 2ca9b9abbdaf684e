// Guest memory, as plainly as it can be said: every page of every process is an array of bytes, and fork(2) copies them all at once.
using Growstack.Maps;

namespace Growstack.Tests.Memory;

/// <summary>The contents of a page: its own, or until the first write those of a file's page.</summary>
internal sealed class Cell(Cell? source = null)
{
    private byte[]? _bytes = source is null ? new byte[VmPage.Size] : null;

    /// <summary>Whether several processes see what any of them writes here.</summary>
    internal bool IsShared { get; set; }

    internal ReadOnlySpan<byte> Bytes => _bytes ?? source!.Bytes;

    internal bool IsOwn => _bytes is not null;

    internal Span<byte> Write() => _bytes ??= source!.Bytes.ToArray();

    internal Cell Copy()
    {
        var copy = new Cell(IsOwn ? null : source);
        if (IsOwn)
            Bytes.CopyTo(copy.Write());
        return copy;
    }
}

/// <summary>A page that is mapped.</summary>
internal sealed record ModelPage(Cell Cell, VmProt Protection, VmInherit Inheritance, bool IsFile)
{
    internal Cell Cell { get; set; } = Cell;
}

/// <summary>One process's memory; addresses are numbers of pages.</summary>
internal sealed class ModelSpace
{
    internal SortedDictionary<ulong, ModelPage> Pages { get; } = [];

    internal void Change(ulong first, ulong count, Func<ModelPage, ModelPage> change)
    {
        for (var page = first; page < first + count; page++)
        {
            if (Pages.TryGetValue(page, out var old))
                Pages[page] = change(old);
        }
    }

    internal void Unmap(ulong first, ulong count)
    {
        for (var page = first; page < first + count; page++)
            Pages.Remove(page);
    }

    /// <summary>What an access of so many bytes does: how far it comes, and its answer.</summary>
    internal (int Done, KernReturn Answer) Access(ulong address, int length, VmProt access, Action<Cell, int, int> each)
    {
        for (var done = 0; done < length;)
        {
            var at = address + (ulong)done;
            if (!Pages.TryGetValue(at / VmPage.Size, out var page))
                return (done, KernReturn.InvalidAddress);
            if ((page.Protection & access) == 0)
                return (done, KernReturn.ProtectionFailure);
            var piece = Math.Min(length - done, (int)(VmPage.Size - (at % VmPage.Size)));
            each(page.Cell, (int)(at % VmPage.Size), piece);
            done += piece;
        }
        return (length, KernReturn.Success);
    }

    /// <summary>fork(2).</summary>
    /// <param name="isCopiedAtOnce">Whether the page is wired, and so the parent's stays as it is.</param>
    internal ModelSpace Fork(Func<ulong, bool> isCopiedAtOnce)
    {
        var child = new ModelSpace();
        foreach (var (number, page) in Pages)
        {
            switch (page.Inheritance)
            {
                case VmInherit.Share:
                    page.Cell.IsShared = true;
                    child.Pages.Add(number, page with { });
                    break;
                case VmInherit.Copy:
                    // A file that is mapped shared but inherited as a copy is seen by both as a private mapping of it from now on.
                    if (page is { IsFile: true, Cell.IsShared: true } && !isCopiedAtOnce(number))
                        page.Cell = new Cell(page.Cell);
                    child.Pages.Add(number, page with { Cell = page.Cell.Copy() });
                    break;
                case VmInherit.Zero:
                    child.Pages.Add(number, page with { Cell = new Cell(), IsFile = false });
                    break;
            }
        }
        return child;
    }
}
