// Which system calls stop a program: the filters, run on calls as the kernel would run them.
using Growstack.Linux.Native;
using Growstack.Linux.Tracing;

namespace Growstack.Linux.Tests;

public class SeccompFilterTests
{
    private const ulong InWindow = ThreadStacks.WindowStart + 0x1000;
    private const ulong InHeap = 0x7f00_0000_0000;
    private const ulong Nobody = ulong.MaxValue;
    private const ulong Huge = 1UL << 46;

    private static readonly BpfInstruction[] Filter = Build(followMappings: false);
    private static readonly BpfInstruction[] WithMappings = Build(followMappings: true);
    private static readonly BpfInstruction[] Second = SeccompFilter.BuildForAll();

    [Theory]
    [InlineData(SyscallNumber.Mmap, 0, 4096, 3, 0x22 | MapFlag.Stack, Nobody, 0)]
    [InlineData(SyscallNumber.Mmap, 0, 0x20000, 3, 0x22, Nobody, 0)]
    [InlineData(SyscallNumber.Mmap, InWindow, 4096, 3, 0x32, Nobody, 0)]
    [InlineData(SyscallNumber.Mmap, ThreadStacks.WindowStart - 4096, 2 * 4096, 3, 0x32, Nobody, 0)]
    [InlineData(SyscallNumber.Mmap, InHeap, Huge, 0, 0x32, Nobody, 0)]
    [InlineData(SyscallNumber.Mmap, AddressSpace.MainStacks, 4096, 3, 0x22, Nobody, 0)]
    [InlineData(SyscallNumber.Munmap, InWindow, 4096)]
    [InlineData(SyscallNumber.Munmap, AddressSpace.MainStacks - 4096, 2 * 4096)]
    [InlineData(SyscallNumber.Munmap, 4096, Huge)]
    [InlineData(SyscallNumber.Mremap, InWindow, 4096, 8192, 1)]
    [InlineData(SyscallNumber.Mremap, InHeap, 4096, 4096, 3, InWindow)]
    [InlineData(SyscallNumber.Mprotect, InWindow, 4096, 3)]
    [InlineData(SyscallNumber.Mprotect, AddressSpace.MainStacks, 4096, 0)]
    [InlineData(SyscallNumber.PkeyMprotect, InWindow, 4096, 3)]
    [InlineData(SyscallNumber.Madvise, InWindow, 4096, Advice.DontNeed)]
    [InlineData(SyscallNumber.Madvise, InWindow, 4096, Advice.DontFork)]
    [InlineData(SyscallNumber.Madvise, AddressSpace.MainStacks, 4096, Advice.DoFork)]
    [InlineData(SyscallNumber.Prlimit64, 0, ResourceLimit.Stack, 0x7fff_0000_0000)]
    [InlineData(SyscallNumber.Setrlimit, ResourceLimit.MemLock)]
    [InlineData(SyscallNumber.RtSigaction, Signal.SEGV)]
    [InlineData(SyscallNumber.Prctl, PrctlOption.SetSeccomp)]
    [InlineData(SyscallNumber.Ptrace, Ptrace.SeizeRequest)]
    [InlineData(SyscallNumber.Execve, InHeap)]
    public void What_may_concern_a_stack_stops_the_program_unless_the_tracer_makes_it(
        int number, ulong a1, ulong a2 = 0, ulong a3 = 0, ulong a4 = 0, ulong a5 = 0, ulong a6 = 0)
    {
        var call = new SyscallRow(number, a1, a2, a3, a4, a5, a6);
        Assert.True(IsTraced(Filter, call));

        SeccompFilter.Mark(ref call);
        Assert.False(IsTraced(Filter, call));
    }

    [Theory]
    [InlineData(SyscallNumber.Brk, InHeap)]
    [InlineData(SyscallNumber.Mmap, 0, 0x1f000, 3, 0x22, Nobody)]
    [InlineData(SyscallNumber.Mmap, 0, 0x20000, 0, 0x22, Nobody)]
    [InlineData(SyscallNumber.Mmap, 0, 0x20000, 3, 2, 7)]
    [InlineData(SyscallNumber.Mmap, InHeap, 4096, 3, 0x32, Nobody)]
    [InlineData(SyscallNumber.Munmap, InHeap, 4096)]
    [InlineData(SyscallNumber.Mremap, InHeap, 4096, 8192, 1)]
    [InlineData(SyscallNumber.Madvise, InHeap, 4096, Advice.DontFork)]
    [InlineData(SyscallNumber.Mprotect, InHeap, 4096, 3)]
    [InlineData(SyscallNumber.Madvise, InHeap, 4096, Advice.DontNeed)]
    [InlineData(SyscallNumber.Madvise, InWindow, 4096, 14)]
    [InlineData(SyscallNumber.Prlimit64, 0, ResourceLimit.Stack, 0)]
    [InlineData(SyscallNumber.Prlimit64, 0, ResourceLimit.Descriptors, 0x7fff_0000_0000)]
    [InlineData(SyscallNumber.RtSigaction, Signal.KILL)]
    [InlineData(SyscallNumber.Prctl, 15)]
    [InlineData(39, 0)]
    public void What_concerns_none_does_not(int number, ulong a1, ulong a2 = 0, ulong a3 = 0, ulong a4 = 0, ulong a5 = 0) =>
        Assert.False(IsTraced(Filter, new SyscallRow(number, a1, a2, a3, a4, a5)));

    [Theory]
    [InlineData(SyscallNumber.Brk, InHeap)]
    [InlineData(SyscallNumber.Brk, 0x7_0000_0000)]
    [InlineData(SyscallNumber.Mmap, 0, 4096, 3, 0x22, Nobody)]
    [InlineData(SyscallNumber.Munmap, InHeap, 4096)]
    [InlineData(SyscallNumber.Mremap, InHeap, 4096, 8192, 1)]
    [InlineData(SyscallNumber.Madvise, InHeap, 4096, Advice.DontFork)]
    public void Every_mapping_does_where_all_memory_is_followed(int number, ulong a1, ulong a2 = 0, ulong a3 = 0, ulong a4 = 0, ulong a5 = 0)
    {
        var call = new SyscallRow(number, a1, a2, a3, a4, a5);
        Assert.True(IsTraced(WithMappings, call));
        SeccompFilter.Mark(ref call);
        Assert.False(IsTraced(WithMappings, call));
        Assert.False(IsTraced(WithMappings, new SyscallRow(SyscallNumber.Brk)));
        Assert.False(IsTraced(WithMappings, new SyscallRow(SyscallNumber.Mprotect, InHeap, 4096)));
    }

    [Fact]
    public void The_reporting_call_stops_whatever_the_registers_hold()
    {
        var call = new SyscallRow(SyscallNumber.Report);
        SeccompFilter.Mark(ref call);
        Assert.True(IsTraced(Filter, call));
    }

    [Theory]
    [InlineData(SyscallNumber.Mmap)]
    [InlineData(SyscallNumber.Munmap)]
    [InlineData(SyscallNumber.Mremap)]
    [InlineData(SyscallNumber.Mprotect)]
    [InlineData(SyscallNumber.PkeyMprotect)]
    public void The_second_filter_stops_at_every_mapping_and_change_of_protection_and_at_nothing_else(int number)
    {
        var call = new SyscallRow(number, InHeap, 4096);
        Assert.True(IsTraced(Second, call));
        SeccompFilter.Mark(ref call);
        Assert.False(IsTraced(Second, call));
        Assert.False(IsTraced(Second, new SyscallRow(SyscallNumber.Madvise, InHeap, 4096, Advice.DontNeed)));
    }

    private static BpfInstruction[] Build(bool followMappings) =>
        SeccompFilter.Build(ThreadStacks.WindowStart, ThreadStacks.WindowEnd, AddressSpace.MainStacks, followMappings);

    /// <summary>Runs a filter on struct seccomp_data.</summary>
    private static bool IsTraced(BpfInstruction[] filter, in SyscallRow call)
    {
        const uint x86_64 = 0xc000003e;
        ulong[] arguments = [call.A1, call.A2, call.A3, call.A4, call.A5, call.A6];
        uint[] data = [(uint)call.Number, x86_64, 0, 0, .. arguments.SelectMany(argument => new[] { (uint)argument, (uint)(argument >> 32) })];
        uint word = 0;
        for (int at = 0; ; at++)
        {
            var (code, yes, no, operand) = filter[at];
            switch (code)
            {
                case 0x20:
                    word = data[operand / 4];
                    break;
                case 0x15:
                    at += word == operand ? yes : no;
                    break;
                case 0x35:
                    at += word >= operand ? yes : no;
                    break;
                case 0x45:
                    at += (word & operand) != 0 ? yes : no;
                    break;
                case 0x06:
                    return operand == 0x7ff00000;
                default:
                    throw new InvalidOperationException($"There is no instruction {code:x} in the filters.");
            }
        }
    }
}
