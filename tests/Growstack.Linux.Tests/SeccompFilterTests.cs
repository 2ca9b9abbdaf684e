// Which system calls stop a program: the filters, run on calls as the kernel would run them.
using Growstack.Linux.Native;
using Growstack.Linux.Tracing;

namespace Growstack.Linux.Tests;

public class SeccompFilterTests
{
    private const ulong InWindow = ThreadStacks.WindowStart + 0x1000;
    private const ulong InHeap = 0x7f00_0000_0000;
    private const ulong Nobody = ulong.MaxValue;

    private static readonly BpfInstruction[] Filter = Build(followBreak: false);
    private static readonly BpfInstruction[] WithBreak = Build(followBreak: true);
    private static readonly BpfInstruction[] Second = SeccompFilter.BuildForProtections();

    [Theory]
    [InlineData(SyscallNumber.Mmap, 0, 4096, 3, 0x22, Nobody, 0)]
    [InlineData(SyscallNumber.Munmap, InHeap, 4096)]
    [InlineData(SyscallNumber.Mprotect, InWindow, 4096, 3)]
    [InlineData(SyscallNumber.Mprotect, AddressSpace.MainStacks, 4096, 0)]
    [InlineData(SyscallNumber.PkeyMprotect, InWindow, 4096, 3)]
    [InlineData(SyscallNumber.Madvise, InWindow, 4096, Advice.DontNeed)]
    [InlineData(SyscallNumber.Madvise, InHeap, 4096, Advice.DontFork)]
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
    [InlineData(SyscallNumber.Mprotect, InHeap, 4096, 3)]
    [InlineData(SyscallNumber.Madvise, InHeap, 4096, Advice.DontNeed)]
    [InlineData(SyscallNumber.Madvise, InWindow, 4096, 14)]
    [InlineData(SyscallNumber.Prlimit64, 0, ResourceLimit.Stack, 0)]
    [InlineData(SyscallNumber.Prlimit64, 0, ResourceLimit.Descriptors, 0x7fff_0000_0000)]
    [InlineData(SyscallNumber.RtSigaction, Signal.KILL)]
    [InlineData(SyscallNumber.Prctl, 15)]
    [InlineData(39, 0)]
    public void What_concerns_none_does_not(int number, ulong a1, ulong a2 = 0, ulong a3 = 0) =>
        Assert.False(IsTraced(Filter, new SyscallRow(number, a1, a2, a3)));

    [Theory]
    [InlineData(InHeap)]
    [InlineData(0x7_0000_0000)]
    public void Changes_of_the_break_do_where_the_size_of_all_memory_is_limited(ulong wanted)
    {
        var call = new SyscallRow(SyscallNumber.Brk, wanted);
        Assert.True(IsTraced(WithBreak, call));
        SeccompFilter.Mark(ref call);
        Assert.False(IsTraced(WithBreak, call));
        Assert.False(IsTraced(WithBreak, new SyscallRow(SyscallNumber.Brk)));
    }

    [Fact]
    public void The_reporting_call_stops_whatever_the_registers_hold()
    {
        var call = new SyscallRow(SyscallNumber.Report);
        SeccompFilter.Mark(ref call);
        Assert.True(IsTraced(Filter, call));
    }

    [Fact]
    public void The_second_filter_stops_at_every_change_of_protection_and_at_nothing_else()
    {
        var change = new SyscallRow(SyscallNumber.Mprotect, InHeap, 4096);
        Assert.True(IsTraced(Second, change));
        SeccompFilter.Mark(ref change);
        Assert.False(IsTraced(Second, change));
        Assert.False(IsTraced(Second, new SyscallRow(SyscallNumber.Munmap, InHeap, 4096)));
    }

    private static BpfInstruction[] Build(bool followBreak) =>
        SeccompFilter.Build(ThreadStacks.WindowStart, ThreadStacks.WindowEnd, AddressSpace.MainStacks, followBreak);

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
                case 0x06:
                    return operand == 0x7ff00000;
                default:
                    throw new InvalidOperationException($"There is no instruction {code:x} in the filters.");
            }
        }
    }
}
