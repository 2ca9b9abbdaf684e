// Several processes and their models, and the operations that are done to both.
using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Tests.Memory;

/// <summary>One operation.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Process">On which process.</param>
/// <param name="Page">The page where it begins.</param>
/// <param name="Count">Over how many pages, or bytes.</param>
/// <param name="Offset">Where in the page an access begins.</param>
/// <param name="Value">Which variant, and what is written.</param>
internal sealed record MemoryStep(int Kind, int Process, ulong Page, ulong Count, int Offset, byte Value);

internal sealed class MemoryWorld
{
    private const ulong Page = VmPage.Size;
    private const ulong Arena = 16;
    private const ulong StackBottom = 64;
    private const ulong StackTop = 80;
    private const ulong Growth = 3;
    private const int FilePages = 20;

    private readonly VmSystem _system;
    private readonly Cell[] _file = [.. Enumerable.Range(0, FilePages).Select(FilePage)];
    private readonly VmObject _object = new(VmObjectKind.Vnode, FilePages, 1) { Pager = new File() };
    private readonly List<(GuestMemory Memory, ModelSpace Model)> _processes = [];

    internal MemoryWorld(VmRelease release)
    {
        _system = new VmSystem(release) { StackGrowthSize = Growth * Page, GuardPages = release == VmRelease.FreeBsd12 ? 1 : 0 };
        var memory = new GuestMemory(new VmProcess(new VmSpace(_system, Page, 0x100 * Page)));
        var model = new ModelSpace();
        _processes.Add((memory, model));
        memory.Process.MapStack(StackBottom * Page, (StackTop - StackBottom) * Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown);
        for (var page = StackTop - Growth; page < StackTop; page++)
            model.Pages.Add(page, new ModelPage(new Cell(), VmProt.ReadWrite, VmInherit.Copy, false));
    }

    internal void Do(MemoryStep step)
    {
        var (memory, model) = _processes[step.Process % _processes.Count];
        var (first, count) = (Arena + step.Page, step.Count);
        var (start, end) = (first * Page, (first + count) * Page);
        var protection = (VmProt)(step.Value & 7) | (step.Value < 200 ? VmProt.ReadWrite : VmProt.None);
        switch (step.Kind)
        {
            case 0 or 1 when count > 0:
                var flags = step.Value % 4 == 0 ? VmMapFlags.InheritShare : VmMapFlags.None;
                Assert.Equal(KernReturn.Success, memory.Map.Fixed(null, 0, start, end - start, protection, VmProt.All, flags));
                Map(_ => new Cell(), flags, isFile: false);
                break;
            case 2 when count > 0:
                var kind = step.Value % 2 == 0 ? VmMapFlags.InheritShare : VmMapFlags.CopyOnWrite;
                var offset = (ulong)step.Offset % 12;
                Assert.Equal(KernReturn.Success, memory.Map.Fixed(_object, offset * Page, start, end - start, protection, VmProt.All, kind));
                Map(page => kind == VmMapFlags.InheritShare ? _file[offset + page - first] : new Cell(_file[offset + page - first]), kind, isFile: true);
                break;
            case 3:
                memory.Map.Remove(start, end);
                model.Unmap(first, count);
                break;
            case 4 or 5:
                Assert.Equal(KernReturn.Success, memory.Map.Protect(start, end, protection));
                model.Change(first, count, page => page with { Protection = protection });
                break;
            case 6:
                Inherit(memory, model, step);
                break;
            case 7 when _processes.Count < 4:
                Fork(memory, model);
                break;
            case 8 when _processes.Count > 1:
                memory.Process.Space.Free();
                _processes.Remove((memory, model));
                break;
            case 9 when _system.Release == VmRelease.FreeBsd12:
                // A wiring that fails may have copied a part: then a file's pages must not change behind it.
                if (model.Pages.All(page => page.Key < first || page.Key >= first + count || page.Value.Cell.IsOwn))
                    memory.Map.Wire(start, end, VmWire.User | (step.Value % 2 == 0 ? VmWire.HolesOk : 0));
                break;
            case 10:
                memory.Map.Unwire(start, end, VmWire.User | VmWire.HolesOk);
                break;
            case 11:
                Free(memory, model, first, count);
                break;
            case 12:
                memory.Map.Advise(start, end, VmAdvice.DontNeed);
                break;
            case 13 or 14:
                Access(memory, model, (StackBottom + (step.Page % (StackTop - StackBottom))) * Page, step);
                break;
            default:
                Access(memory, model, start, step);
                break;
        }
        Check();

        void Map(Func<ulong, Cell> cell, VmMapFlags kind, bool isFile)
        {
            var inheritance = (kind & VmMapFlags.InheritShare) != 0 ? VmInherit.Share : VmInherit.Copy;
            for (var page = first; page < first + count; page++)
                model.Pages[page] = new ModelPage(cell(page), protection, inheritance, isFile);
        }
    }

    /// <summary>Everything in all processes is compared, then all processes end, and nothing is left of them.</summary>
    internal void End()
    {
        foreach (var (memory, model) in _processes)
        {
            foreach (var (number, page) in model.Pages)
            {
                if ((page.Protection & VmProt.Read) != 0)
                    Assert.True(page.Cell.Bytes.SequenceEqual(Contents(memory, number)), $"page 0x{number * Page:x} differs");
            }
        }
        Check();
        foreach (var (memory, _) in _processes)
            memory.Process.Space.Free();
        Assert.Equal((ulong)_object.ResidentPages, _system.ResidentPages);
        Assert.Equal(1, _object.References);
        _object.Deallocate(_system);
        Assert.Equal(0ul, _system.ResidentPages);
        Assert.Equal(0ul, _system.ReservedSwap);
    }

    private static Cell FilePage(int index)
    {
        var cell = new Cell { IsShared = true };
        new File().GetPage((ulong)index, cell.Write());
        return cell;
    }

    private void Check()
    {
        foreach (var (memory, _) in _processes)
            memory.CheckConsistency();
    }

    private void Inherit(GuestMemory memory, ModelSpace model, MemoryStep step)
    {
        var (first, count) = (Arena + step.Page, step.Count);
        // Sharing is what most can go wrong with.
        var inheritance = (VmInherit)Math.Max(0, (step.Value % 7) - 3);
        var pages = model.Pages.Where(page => page.Key >= first && page.Key < first + count).Select(static page => page.Value.Cell).ToList();
        // Nobody promises what a copy shows of memory that others go on writing to, or until when a private mapping follows its file.
        if (inheritance == VmInherit.Copy && pages.Exists(cell => cell.IsShared && !_file.Contains(cell)))
            return;
        if (inheritance == VmInherit.Share && pages.Exists(static cell => !cell.IsOwn))
            return;
        if (memory.Map.Inherit(first * Page, (first + count) * Page, inheritance) == KernReturn.Success)
            model.Change(first, count, page => page with { Inheritance = inheritance });
    }

    private void Fork(GuestMemory memory, ModelSpace model)
    {
        var copied = model.Pages.Keys.Where(IsCopiedAtOnce).ToHashSet();
        _processes.Add((new GuestMemory(memory.Process.Fork()!), model.Fork(copied.Contains)));

        bool IsCopiedAtOnce(ulong page) =>
            memory.Map.TryLookup(page * Page, out var entry) && entry.WiredCount > 0 && (entry.Protection & VmProt.Write) != 0;
    }

    /// <summary>MADV_FREE: private contents may become zero, shared ones must not change.</summary>
    private void Free(GuestMemory memory, ModelSpace model, ulong first, ulong count)
    {
        // What cannot be read cannot be compared.
        if (model.Pages.Any(page => page.Key >= first && page.Key < first + count && (page.Value.Protection & VmProt.Read) == 0))
            return;
        Assert.True(memory.Map.Advise(first * Page, (first + count) * Page, VmAdvice.Free));
        for (var number = first; number < first + count; number++)
        {
            if (!model.Pages.TryGetValue(number, out var page))
                continue;
            if (_file.Contains(page.Cell) || _processes.Any(other => other.Model != model && other.Model.Pages.Values.Any(p => p.Cell == page.Cell)))
                continue;
            var contents = Contents(memory, number);
            if (page.Cell.Bytes.SequenceEqual(contents))
                continue;
            Assert.False(contents.AsSpan().ContainsAnyExcept((byte)0));
            page.Cell.Write().Clear();
        }
    }

    private void Access(GuestMemory memory, ModelSpace model, ulong start, MemoryStep step)
    {
        var address = start + (ulong)step.Offset;
        var length = (int)(step.Count * (step.Value % 3 == 0 ? 2000ul : 3));
        GrowStack(model, address, length);
        var bytes = new byte[length];
        if (step.Kind % 2 == 0)
        {
            Array.Fill(bytes, step.Value);
            var (done, answer) = model.Access(address, length, VmProt.Write, (cell, at, size) => cell.Write().Slice(at, size).Fill(step.Value));
            Assert.Equal((answer, done), (Plain(memory.Write(address, bytes, out var written), address + (ulong)written), written));
        }
        else
        {
            var expected = new byte[length];
            var filled = 0;
            var (done, answer) = model.Access(address, length, VmProt.Read, (cell, at, size) =>
            {
                cell.Bytes.Slice(at, size).CopyTo(expected.AsSpan(filled));
                filled += size;
            });
            Assert.Equal((answer, done), (Plain(memory.Read(address, bytes, out var read), address + (ulong)read), read));
            Assert.Equal(expected, bytes);
        }
    }

    /// <summary>Nothing is mapped in the guard and below the stack, but a fault there is answered as one of the stack.</summary>
    private KernReturn Plain(KernReturn answer, ulong address) => answer switch
    {
        KernReturn.Failure when _system.Release == VmRelease.FreeBsd10 => KernReturn.InvalidAddress,
        KernReturn.ProtectionFailure when address / Page == StackBottom => KernReturn.InvalidAddress,
        _ => answer,
    };

    /// <summary>An access below the stack's edge grows it by whole steps, as far as there is room.</summary>
    private void GrowStack(ModelSpace model, ulong address, int length)
    {
        var floor = StackBottom + (_system.Release == VmRelease.FreeBsd12 ? 1ul : 0);
        var edge = model.Pages.Keys.FirstOrDefault(static page => page >= StackBottom);
        var page = address / Page;
        if (length == 0 || page < floor || page >= edge)
            return;
        var needed = edge - page;
        var bottom = Math.Max(floor, edge - ((needed + Growth - 1) / Growth * Growth));
        for (var grown = bottom; grown < edge; grown++)
            model.Pages.Add(grown, new ModelPage(new Cell(), VmProt.ReadWrite, VmInherit.Copy, false));
    }

    private static byte[] Contents(GuestMemory memory, ulong page)
    {
        var bytes = new byte[Page];
        Assert.Equal(KernReturn.Success, memory.Read(page * Page, bytes));
        return bytes;
    }

    private sealed class File : IVmPager
    {
        public bool GetPage(ulong index, Span<byte> page)
        {
            page.Fill((byte)(100 + index));
            return true;
        }
    }
}
