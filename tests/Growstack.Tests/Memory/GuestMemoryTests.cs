// What a guest finds in its memory: demand-zero, protection, stacks, fork, shared memory, advice, limits.
using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Tests.Memory;

public sealed class GuestMemoryTests
{
    private const ulong Page = VmPage.Size;
    private const ulong At = 0x10_0000;

    private readonly VmSystem _system = new(VmRelease.FreeBsd12);
    private readonly GuestMemory _parent;

    public GuestMemoryTests() => _parent = new GuestMemory(new VmProcess(new VmSpace(_system, Page, 0x1_0000_0000)));

    private static void Map(GuestMemory memory, ulong at, ulong pages, VmProt prot = VmProt.ReadWrite, VmMapFlags flags = VmMapFlags.None, VmObject? obj = null) =>
        Assert.Equal(KernReturn.Success, memory.Map.Fixed(obj, 0, at, pages * Page, prot, VmProt.All, flags));

    private static ulong Get(GuestMemory memory, ulong at)
    {
        Assert.Equal(KernReturn.Success, memory.Read(at, out ulong value));
        return value;
    }

    private static void Set(GuestMemory memory, ulong at, ulong value) => Assert.Equal(KernReturn.Success, memory.Write(at, value));

    private static GuestMemory Fork(GuestMemory memory) => new(memory.Process.Fork()!);

    [Fact]
    public void Pages_are_zero_at_first_and_come_into_being_when_touched()
    {
        Map(_parent, At, 1000);
        Assert.Equal(0ul, _system.ResidentPages);
        Assert.Equal(0ul, Get(_parent, At + (500 * Page)));
        Set(_parent, At + 8, 42);
        Assert.Equal(42ul, Get(_parent, At + 8));
        Assert.Equal(2ul, _system.ResidentPages);
    }

    [Fact]
    public void What_is_unmapped_is_gone_also_if_something_is_mapped_there_again()
    {
        Map(_parent, At, 4);
        Set(_parent, At + Page, 1);
        _parent.Map.Remove(At + Page, At + (2 * Page));
        Assert.Equal(KernReturn.InvalidAddress, _parent.Read(At + Page, out ulong _));
        Assert.Equal(0ul, _system.ResidentPages);
        Map(_parent, At + Page, 1);
        Assert.Equal(0ul, Get(_parent, At + Page));
    }

    [Fact]
    public void Protection_is_obeyed_at_once_for_reading_writing_and_executing()
    {
        Map(_parent, At, 1);
        Set(_parent, At, 7);
        _parent.Map.Protect(At, At + Page, VmProt.Read);
        Assert.Equal(KernReturn.ProtectionFailure, _parent.Write(At, 8ul));
        Assert.Equal(KernReturn.ProtectionFailure, _parent.Fetch(At, out ulong _));
        Assert.Equal(7ul, Get(_parent, At));
        _parent.Map.Protect(At, At + Page, VmProt.Execute);
        Assert.Equal(KernReturn.ProtectionFailure, _parent.Read(At, out ulong _));
        Assert.Equal(KernReturn.Success, _parent.Fetch(At, out ulong code));
        Assert.Equal(7ul, code);
    }

    [Fact]
    public void A_copy_that_fails_says_how_far_it_came()
    {
        Map(_parent, At, 2);
        var bytes = new byte[(3 * Page) - 100];
        Array.Fill(bytes, (byte)1);
        Assert.Equal(KernReturn.InvalidAddress, _parent.Write(At + 100, bytes, out var written));
        Assert.Equal((2 * (int)Page) - 100, written);
        Assert.Equal(KernReturn.InvalidAddress, _parent.Read(At + Page, bytes, out var read));
        Assert.Equal((int)Page, read);
    }

    [Fact]
    public void A_value_on_two_pages_is_written_as_a_whole_or_not_at_all()
    {
        Map(_parent, At, 2);
        Set(_parent, At + Page - 4, 0x1122_3344_5566_7788);
        Assert.Equal(0x1122_3344_5566_7788ul, Get(_parent, At + Page - 4));
        _parent.Map.Protect(At + Page, At + (2 * Page), VmProt.Read);
        Assert.Equal(KernReturn.ProtectionFailure, _parent.Write(At + Page - 4, 0ul));
        Assert.Equal(0x1122_3344_5566_7788ul, Get(_parent, At + Page - 4));
    }

    [Fact]
    public void Addresses_end_at_the_top_of_the_map_and_do_not_wrap_round()
    {
        Assert.Equal(KernReturn.InvalidAddress, _parent.Read(ulong.MaxValue - 3, out ulong _));
        Assert.Equal(KernReturn.InvalidAddress, _parent.Write(ulong.MaxValue, 1ul));
        Assert.Equal(KernReturn.InvalidAddress, _parent.Read(0, out byte _));
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10, KernReturn.Failure)]
    [InlineData(VmRelease.FreeBsd12, KernReturn.ProtectionFailure)]
    public void A_stack_grows_when_it_is_touched_until_it_overflows(VmRelease release, KernReturn overflow)
    {
        const ulong Top = At + 0x10_0000;
        var process = new VmProcess(new VmSpace(new VmSystem(release), Page, 0x1_0000_0000));
        var memory = new GuestMemory(process);
        process.MapStack(At, Top - At, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown);
        var pushed = 0;
        KernReturn answer;
        for (var pointer = Top - 8; (answer = memory.Write(pointer, pointer)) == KernReturn.Success; pointer -= 8)
            pushed++;
        Assert.Equal(overflow, answer);
        var guard = release == VmRelease.FreeBsd12 ? Page : 0;
        Assert.Equal((Top - At - guard) / 8, (ulong)pushed);
        Assert.Equal(Top - 8, Get(memory, Top - 8));
        Assert.Equal(At + guard, Get(memory, At + guard));
        memory.CheckConsistency();
    }

    [Fact]
    public void After_a_fork_neither_sees_what_the_other_writes_and_only_written_pages_are_copied()
    {
        Map(_parent, At, 100);
        for (ulong i = 0; i < 100; i++)
            Set(_parent, At + (i * Page), i);
        var child = Fork(_parent);
        Set(_parent, At, 1000);
        Set(child, At + Page, 2000);
        Assert.Equal([1000, 1, 2], new[] { Get(_parent, At), Get(_parent, At + Page), Get(_parent, At + (2 * Page)) });
        Assert.Equal([0, 2000, 2], new[] { Get(child, At), Get(child, At + Page), Get(child, At + (2 * Page)) });
        Assert.Equal(102ul, _system.ResidentPages);

        // What was only read so far is shared still, and copied when it is written to.
        Set(child, At + (2 * Page), 3000);
        Assert.Equal([2, 3000], new[] { Get(_parent, At + (2 * Page)), Get(child, At + (2 * Page)) });
        Assert.Equal(103ul, _system.ResidentPages);
    }

    [Fact]
    public void When_the_child_has_ended_the_parent_writes_to_its_pages_without_copying()
    {
        Map(_parent, At, 10);
        for (ulong i = 0; i < 10; i++)
            Set(_parent, At + (i * Page), i);
        for (var generation = 0ul; generation < 20; generation++)
        {
            var child = Fork(_parent);
            Set(_parent, At, generation);
            Set(child, At, 99);
            Assert.Equal(9ul, Get(child, At + (9 * Page)));
            child.Process.Space.Free();
            Assert.Equal(generation, Get(_parent, At));
            Assert.Equal(10ul, _system.ResidentPages);
        }
        _parent.CheckConsistency();
    }

    [Fact]
    public void Shared_memory_is_seen_by_parent_and_child_also_where_nobody_touched_it_before()
    {
        Map(_parent, At, 2, flags: VmMapFlags.InheritShare);
        Set(_parent, At, 1);
        var child = Fork(_parent);
        Set(child, At, 2);
        Set(child, At + Page, 3);
        Assert.Equal([2, 3], new[] { Get(_parent, At), Get(_parent, At + Page) });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_copied_before_and_is_shared_now_is_seen_by_both_whenever_the_parent_reads_it(bool again)
    {
        Map(_parent, At, 1);
        Set(_parent, At, 1);
        var sibling = Fork(_parent);
        Assert.Equal(1ul, Get(_parent, At));
        _parent.Map.Inherit(At, At + Page, VmInherit.Share);
        var child = Fork(_parent);
        if (again)
            Assert.Equal(1ul, Get(_parent, At));
        Set(child, At, 2);
        Assert.Equal([2, 2, 1], new[] { Get(_parent, At), Get(child, At), Get(sibling, At) });
        _parent.CheckConsistency();
    }

    [Fact]
    public void A_child_inherits_nothing_or_zeros_where_it_is_told_so()
    {
        Map(_parent, At, 2);
        Set(_parent, At, 1);
        Set(_parent, At + Page, 2);
        _parent.Map.Inherit(At, At + Page, VmInherit.None);
        _parent.Map.Inherit(At + Page, At + (2 * Page), VmInherit.Zero);
        var child = Fork(_parent);
        Assert.Equal(KernReturn.InvalidAddress, child.Read(At, out ulong _));
        Assert.Equal(0ul, Get(child, At + Page));
        Assert.Equal(2ul, Get(_parent, At + Page));
    }

    [Fact]
    public void Pages_of_a_file_are_read_when_touched_and_written_back_by_msync()
    {
        var file = new Pager(4);
        var obj = new VmObject(VmObjectKind.Vnode, 4, 1) { Pager = file };
        Map(_parent, At, 5, VmProt.ReadWrite, VmMapFlags.InheritShare, obj);
        Map(_parent, At + 0x10_0000, 4, VmProt.ReadWrite, VmMapFlags.CopyOnWrite, obj);
        Assert.Empty(file.Read);
        Assert.Equal(0x0202_0202_0202_0202ul, Get(_parent, At + (2 * Page)));
        Set(_parent, At + 0x10_0000 + Page, 5);
        Assert.Equal([2ul, 1ul], file.Read);

        // Only what the shared mapping wrote reaches the file; the private one sees it as long as it has no copy.
        Set(_parent, At + (2 * Page), 7);
        Assert.Equal(7ul, Get(_parent, At + 0x10_0000 + (2 * Page)));
        Assert.Equal(0x0101_0101_0101_0101ul, Get(_parent, At + Page));
        Assert.Equal(KernReturn.Success, _parent.Sync(At, At + (5 * Page)));
        Assert.Equal([2ul], file.Written);
        Assert.Equal(7, file.Contents[2 * (int)Page]);

        // Past the end of the file is SIGBUS, not SIGSEGV.
        Assert.Equal(KernReturn.OutOfBounds, _parent.Read(At + (4 * Page), out ulong _));
        file.IsBroken = true;
        Assert.Equal(KernReturn.OutOfBounds, _parent.Read(At, out ulong _));
    }

    [Fact]
    public void Msync_writes_back_what_was_written_to_since_the_last_one_through_any_mapping()
    {
        const ulong Again = At + 0x10_0000;
        var file = new Pager(4);
        var obj = new VmObject(VmObjectKind.Vnode, 4, 1) { Pager = file };
        Map(_parent, At, 4, VmProt.ReadWrite, VmMapFlags.InheritShare, obj);
        Map(_parent, Again, 4, VmProt.ReadWrite, VmMapFlags.InheritShare, obj);
        var child = Fork(_parent);
        Set(_parent, At, 1);
        Set(_parent, Again + Page, 2);
        Set(child, At + (2 * Page), 3);
        Assert.Equal([0ul, 1ul, 2ul], Synced());
        Assert.Empty(Synced());

        // Pages that were written to before are watched again.
        Set(_parent, At + Page, 4);
        Assert.Equal([1ul], Synced());
        Set(_parent, Again + Page, 5);
        Assert.Equal([1ul], Synced());
        Set(child, At + (2 * Page), 6);
        child.Process.Space.Free();
        Assert.Equal([2ul], Synced());
        Assert.Equal([5, 6], new[] { file.Contents[Page], file.Contents[2 * Page] });

        // What the pager did not take is still to be written back.
        Set(_parent, At, 7);
        file.IsBroken = true;
        Assert.Equal(KernReturn.Failure, _parent.Sync(At, At + (4 * Page)));
        file.IsBroken = false;
        Assert.Equal([0ul], Synced());
        Assert.Empty(Synced());

        ulong[] Synced()
        {
            file.Written.Clear();
            Assert.Equal(KernReturn.Success, _parent.Sync(At, At + (4 * Page)));
            return [.. file.Written];
        }
    }

    [Fact]
    public void Madvise_free_makes_private_memory_zero_and_dontneed_keeps_it()
    {
        Map(_parent, At, 3);
        Set(_parent, At, 1);
        Set(_parent, At + Page, 2);
        _parent.Map.Advise(At, At + (2 * Page), VmAdvice.DontNeed);
        Assert.Equal(1ul, Get(_parent, At));
        _parent.Map.Advise(At, At + Page, VmAdvice.Free);
        Assert.Equal([0, 2], new[] { Get(_parent, At), Get(_parent, At + Page) });

        // Not what it was before the fork, which lies behind the child's copy.
        var child = Fork(_parent);
        Set(child, At + Page, 3);
        child.Map.Advise(At, At + (3 * Page), VmAdvice.Free);
        Assert.Equal([0, 2], new[] { Get(child, At + Page), Get(_parent, At + Page) });
    }

    [Fact]
    public void Wired_memory_is_resident_and_a_child_gets_a_copy_of_it_at_once()
    {
        Map(_parent, At, 8);
        Set(_parent, At, 1);
        Assert.Equal(KernReturn.Success, _parent.Map.Wire(At, At + (8 * Page), VmWire.User));
        Assert.Equal(8ul, _system.ResidentPages);
        var child = Fork(_parent);
        Assert.Equal(16ul, _system.ResidentPages);
        Set(_parent, At, 2);
        Assert.Equal(1ul, Get(child, At));
        Assert.Equal(16ul, _system.ResidentPages);
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void Wired_memory_that_becomes_writable_gets_its_copy_at_once(VmRelease release)
    {
        var memory = new GuestMemory(new VmProcess(new VmSpace(new VmSystem(release), Page, 0x1_0000_0000)));
        Map(memory, At, 1);
        Set(memory, At, 1);
        var child = Fork(memory);
        memory.Map.Protect(At, At + Page, VmProt.Read);
        Assert.Equal(KernReturn.Success, memory.Map.Wire(At, At + Page, VmWire.User));
        Assert.Equal(1ul, Get(memory, At));
        memory.Map.Protect(At, At + Page, VmProt.ReadWrite);
        Assert.Equal(1ul, Get(memory, At));
        Set(memory, At, 2);
        Assert.Equal([2, 1], new[] { Get(memory, At), Get(child, At) });
        memory.CheckConsistency();
    }

    [Fact]
    public void Without_pages_left_an_access_fails_and_so_does_wiring()
    {
        _system.PageLimit = 2;
        Map(_parent, At, 3);
        Set(_parent, At, 1);
        Set(_parent, At + Page, 2);
        Assert.Equal(KernReturn.ResourceShortage, _parent.Write(At + (2 * Page), 3ul));
        Assert.Equal(KernReturn.ResourceShortage, _parent.Map.Wire(At, At + (3 * Page), VmWire.User));
        Assert.Equal(0ul, _parent.Map.WiredPageCount);
        _parent.Map.Remove(At, At + Page);
        Set(_parent, At + (2 * Page), 3);
        Assert.Equal([2, 3], new[] { Get(_parent, At + Page), Get(_parent, At + (2 * Page)) });
    }

    [Fact]
    public void Mappings_of_parts_of_pages_are_refused_and_never_show_what_is_beside_them()
    {
        Assert.Equal(KernReturn.InvalidArgument, _parent.Map.Insert(null, 0, At + 8, At + Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.None));
        Map(_parent, At, 2);
        Set(_parent, At + Page, 1);
        _parent.Map.Protect(At + Page, At + Page + 16, VmProt.Read);
        Assert.Equal(KernReturn.ProtectionFailure, _parent.Write(At + Page, 1ul));
        Assert.Equal(KernReturn.InvalidAddress, _parent.Write(At + Page + 16, 1ul));
        _parent.Map.Remove(At + Page, At + Page + 16);
        Assert.Equal(KernReturn.InvalidAddress, _parent.Read(At + Page + 16, out ulong _));
        Set(_parent, At, 1);
    }

    [Fact]
    public void Compare_and_exchange_writes_only_what_was_expected()
    {
        Map(_parent, At, 1);
        Assert.Equal(KernReturn.Success, _parent.CompareExchange(At + 4, 5, 0, out var found));
        Assert.Equal(0, found);
        Assert.Equal(KernReturn.Success, _parent.CompareExchange(At + 4, 6, 0, out found));
        Assert.Equal(5, found);
        Assert.Equal(KernReturn.InvalidArgument, _parent.CompareExchange(At + 2, 6, 0, out found));
        _parent.Map.Protect(At, At + Page, VmProt.Read);
        Assert.Equal(KernReturn.ProtectionFailure, _parent.CompareExchange(At + 4, 6, 5, out found));
    }

    [Fact]
    public void Accesses_to_pages_that_exist_allocate_nothing()
    {
        Map(_parent, At, 64);
        var buffer = new byte[20_000];
        Touch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Touch();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Touch()
        {
            for (var i = 0ul; i < 64; i++)
            {
                _parent.Write(At + (i * Page), i);
                _parent.Read(At + (i * Page), out ulong _);
            }
            _parent.Write(At + 1000, buffer);
            _parent.Read(At + 1000, buffer);
        }
    }

    [Fact]
    public void Memory_that_another_physical_map_makes_real_is_not_taken_over()
    {
        var process = new VmProcess(new VmSpace(_system, Page, 0x1000_0000));
        process.Map.Physical = new Elsewhere();
        Assert.Throws<InvalidOperationException>(() => new GuestMemory(process));
        process = new VmProcess(new VmSpace(_system, Page, 0x1000_0000));
        process.Map.AnonymousObjects = false;
        Assert.Throws<InvalidOperationException>(() => new GuestMemory(process));
    }

    private sealed class Elsewhere : IPhysicalMap
    {
        public KernReturn Enter(in VmEntry piece) => KernReturn.Success;

        public void Remove(ulong start, ulong end)
        {
        }

        public void Protect(ulong start, ulong end, VmProt protection)
        {
        }
    }

    /// <summary>A file whose every byte is the number of its page.</summary>
    private sealed class Pager(int pages) : IVmPager
    {
        internal byte[] Contents { get; } = [.. Enumerable.Range(0, pages * (int)Page).Select(static i => (byte)(i / (int)Page))];

        internal List<ulong> Read { get; } = [];

        internal List<ulong> Written { get; } = [];

        internal bool IsBroken { get; set; }

        public bool GetPage(ulong index, Span<byte> page)
        {
            Read.Add(index);
            Contents.AsSpan((int)(index * Page), (int)Page).CopyTo(page);
            return !IsBroken;
        }

        public bool PutPage(ulong index, ReadOnlySpan<byte> page)
        {
            if (IsBroken)
                return false;
            Written.Add(index);
            page.CopyTo(Contents.AsSpan((int)(index * Page)));
            return true;
        }
    }
}
