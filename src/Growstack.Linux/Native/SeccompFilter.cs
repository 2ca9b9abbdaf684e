// The seccomp programs that stop tracees at the system calls about memory, and at no others.
namespace Growstack.Linux.Native;

/// <summary>
/// Builds the filters. The call's number is looked at first and alone for every call that is not traced: the kernel then knows those numbers as
/// "always allowed" and does not even run the filter for them. The tracer's own calls carry <see cref="OwnMark"/> and are let through.
/// </summary>
internal static class SeccompFilter
{
    private const uint Allow = 0x7fff0000;
    private const uint Trace = 0x7ff00000;
    private const uint X86_64 = 0xc000003e;

    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;

    /// <summary>
    /// Stands in the upper half of an argument that the kernel does not look at, in each call that the tracer makes in a program or has it make otherwise
    /// than it wanted: the sixth; of mmap, which has six, the descriptor, of which only the lower half counts.
    /// </summary>
    internal const uint OwnMark = 0x9e6a_d10c;

    /// <summary>From which size on a mapping without MAP_STACK may be a stack that grows: sgrowsiz as it usually is.</summary>
    private const uint SmallestPlain = 128 * 1024;

    private const int MarkedArgument = 5;
    private const int MarkedArgumentOfMmap = 4;

    /// <summary>Calls that are traced whatever their arguments.</summary>
    private static ReadOnlySpan<int> Always =>
    [
        SyscallNumber.Shmat, SyscallNumber.Shmdt, SyscallNumber.Execve, SyscallNumber.Execveat,
        SyscallNumber.MapShadowStack, SyscallNumber.RemapFilePages, SyscallNumber.SchedGetaffinity, SyscallNumber.SchedSetaffinity,
        SyscallNumber.Seccomp, SyscallNumber.Mlockall,
    ];

    private static uint LowOfArgument(int index) => (uint)(16 + (8 * index));

    private static uint HighOfArgument(int index) => LowOfArgument(index) + 4;

    /// <summary>Marks a call as the tracer's own.</summary>
    internal static void Mark(ref SyscallRow call)
    {
        if (call.Number == SyscallNumber.Mmap)
            call.A5 = (uint)call.A5 | ((ulong)OwnMark << 32);
        else
            call.A6 = (ulong)OwnMark << 32;
    }

    /// <summary>Builds the filter that is added for a program with stacks outside the window: every mapping and every change of protection is traced.</summary>
    internal static BpfInstruction[] BuildForAll()
    {
        var program = new BpfProgram();
        var (mmap, other, trace, allow) = (program.Label(), program.Label(), program.Label(), program.Label());
        program.Load(ArchitectureAt);
        program.IfEqual(X86_64, null, allow);
        program.Load(NumberAt);
        program.IfEqual(SyscallNumber.Mmap, mmap);
        program.IfEqual(SyscallNumber.Munmap, other);
        program.IfEqual(SyscallNumber.Mremap, other);
        program.IfEqual(SyscallNumber.Mprotect, other);
        program.IfEqual(SyscallNumber.PkeyMprotect, other, allow);

        program.Place(mmap);
        program.Load(HighOfArgument(MarkedArgumentOfMmap));
        program.IfEqual(OwnMark, allow, trace);
        program.Place(other);
        program.Load(HighOfArgument(MarkedArgument));
        program.IfEqual(OwnMark, allow, trace);

        End(program, trace, allow);
        return program.Build();
    }

    /// <summary>Builds the filter.</summary>
    /// <param name="windowStart">Where thread stacks lie: memory given back there is traced, and changes of protection. A multiple of 4 GiB.</param>
    /// <param name="windowEnd">Where they end; a multiple of 4 GiB.</param>
    /// <param name="mainStacks">From where on main stacks lie: changes of protection are traced. A multiple of 4 GiB.</param>
    /// <param name="followMappings">Whether mappings are traced wherever they are; else those where stacks lie, and those that may become a stack.</param>
    internal static BpfInstruction[] Build(ulong windowStart, ulong windowEnd, ulong mainStacks, bool followMappings)
    {
        var program = new BpfProgram();
        BpfLabel mmap = program.Label(), brk = program.Label(), limit = program.Label(), ownLimit = program.Label(), action = program.Label(),
            prctl = program.Label(), ptrace = program.Label(), clone = program.Label(), advice = program.Label(), protection = program.Label(), inWindow = program.Label();
        BpfLabel munmap = program.Label(), mremap = program.Label(), notOwn = program.Label(), plain = program.Label(), placed = program.Label();
        BpfLabel unlessOwn = program.Label(), trace = program.Label(), allow = program.Label();

        program.Load(ArchitectureAt);
        program.IfEqual(X86_64, null, allow);
        program.Load(NumberAt);
        program.IfEqual(SyscallNumber.Mmap, mmap);
        program.IfEqual(SyscallNumber.Munmap, followMappings ? unlessOwn : munmap);
        program.IfEqual(SyscallNumber.Mremap, followMappings ? unlessOwn : mremap);
        if (followMappings)
            program.IfEqual(SyscallNumber.Brk, brk);
        program.IfEqual(SyscallNumber.Mprotect, protection);
        program.IfEqual(SyscallNumber.PkeyMprotect, protection);
        program.IfEqual(SyscallNumber.Madvise, advice);
        program.IfEqual(SyscallNumber.RtSigaction, action);
        program.IfEqual(SyscallNumber.Prlimit64, limit);
        program.IfEqual(SyscallNumber.Setrlimit, ownLimit);
        program.IfEqual(SyscallNumber.Prctl, prctl);
        program.IfEqual(SyscallNumber.Ptrace, ptrace);
        program.IfEqual(SyscallNumber.Clone, clone);
        program.IfEqual(SyscallNumber.Report, trace);
        foreach (int number in Always)
            program.IfEqual((uint)number, unlessOwn);
        program.Return(Allow);

        program.Place(mmap);
        program.Load(HighOfArgument(MarkedArgumentOfMmap));
        program.IfEqual(OwnMark, allow, followMappings ? trace : notOwn);
        program.Place(notOwn);
        program.Load(LowOfArgument(3));
        program.IfAnyBit(MapFlag.Stack, trace);
        program.IfEqual(MapFlag.PrivateAnonymous, plain, placed);

        // Plain memory may be given to clone(2). A stack that is smaller than this is mapped whole anyway.
        program.Place(plain);
        program.Load(LowOfArgument(2));
        program.IfAnyBit(ProtectionFlag.Write, null, placed);
        program.Load(LowOfArgument(1));
        program.IfAtLeast(SmallestPlain, trace);
        program.Place(placed);
        Near(trace);

        program.Place(mremap);
        program.Load(LowOfArgument(3));
        program.IfAnyBit(RemapFlag.Fixed, unlessOwn);
        program.Place(munmap);
        Near(unlessOwn);

        // The calls that this filter stops would fail in a child that nobody traces.
        program.Place(clone);
        program.Load(LowOfArgument(0));
        program.IfAnyBit((uint)CloneFlag.Untraced, trace, allow);

        // Asking for the break, or for a limit, changes nothing.
        program.Place(brk);
        program.Load(LowOfArgument(0));
        program.IfEqual(0, null, unlessOwn);
        program.Load(HighOfArgument(0));
        program.IfEqual(0, allow, unlessOwn);

        program.Place(limit);
        var sets = program.Label();
        program.Load(LowOfArgument(2));
        program.IfEqual(0, null, sets);
        program.Load(HighOfArgument(2));
        program.IfEqual(0, allow);
        program.Place(sets);
        program.Load(LowOfArgument(1));
        program.IfEqual(ResourceLimit.Stack, unlessOwn);
        program.IfEqual(ResourceLimit.MemLock, unlessOwn, allow);

        OneOf(ownLimit, 0, ResourceLimit.Stack, ResourceLimit.MemLock);
        OneOf(prctl, 0, PrctlOption.SetSeccomp);
        OneOf(ptrace, 0, Ptrace.TraceMe, Ptrace.Attach, Ptrace.SeizeRequest);
        OneOf(action, 0, Signal.SEGV);

        // A thread that ends gives its stack's memory back: what it touched has to be seen before. Guards may be mere marks in a mapping.
        // What a child does not get is to be known before the fork.
        program.Place(advice);
        program.Load(LowOfArgument(2));
        program.IfEqual(Advice.DontFork, followMappings ? unlessOwn : protection);
        program.IfEqual(Advice.DoFork, followMappings ? unlessOwn : protection);
        program.IfEqual(Advice.DontNeed, inWindow);
        program.IfEqual(Advice.InstallGuard, inWindow);
        program.IfEqual(Advice.RemoveGuard, inWindow, allow);

        program.Place(protection);
        program.Load(HighOfArgument(0));
        program.IfAtLeast((uint)(mainStacks >> 32), unlessOwn);
        program.Place(inWindow);
        program.Load(HighOfArgument(0));
        program.IfAtLeast((uint)(windowEnd >> 32), allow);
        program.IfAtLeast((uint)(windowStart >> 32), unlessOwn, allow);

        program.Place(unlessOwn);
        program.Load(HighOfArgument(MarkedArgument));
        program.IfEqual(OwnMark, allow, trace);

        End(program, trace, allow);
        return program.Build();

        // A range that begins where stacks lie, or less than 4 GiB before, or is larger than that.
        void Near(BpfLabel near)
        {
            program.Load(HighOfArgument(1));
            program.IfAtLeast(1, near);
            program.Load(HighOfArgument(0));
            program.IfAtLeast((uint)(mainStacks >> 32) - 1, near);
            program.IfAtLeast((uint)(windowEnd >> 32), allow);
            program.IfAtLeast((uint)(windowStart >> 32) - 1, near, allow);
        }

        void OneOf(BpfLabel place, int argument, params ReadOnlySpan<uint> values)
        {
            program.Place(place);
            program.Load(LowOfArgument(argument));
            foreach (uint value in values)
                program.IfEqual(value, unlessOwn);
            program.Return(Allow);
        }
    }

    private static void End(BpfProgram program, BpfLabel trace, BpfLabel allow)
    {
        program.Place(trace);
        program.Return(Trace);
        program.Place(allow);
        program.Return(Allow);
    }
}
