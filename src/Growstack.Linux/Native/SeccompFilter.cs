// The seccomp program that stops tracees at the system calls about memory, and at no others.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>One instruction of classic BPF, struct sock_filter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>
/// Builds the filter. The call's number is looked at first and alone for every call that is not traced: the kernel then knows those numbers as
/// "always allowed" and does not even run the filter for them.
/// </summary>
internal static class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpAlways = 0x05;
    private const ushort JumpGreaterEqual = 0x35;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7fff0000;
    private const uint Trace = 0x7ff00000;
    private const uint X86_64 = 0xc000003e;

    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;
    private const uint InstructionPointerAt = 8;

    /// <summary>
    /// The value in mmap's fd argument that marks a call of the engine's own from outside its trampoline page. The kernel ignores the
    /// descriptor of an anonymous mapping.
    /// </summary>
    internal const int OwnMmapMark = 0x67726f77;

    /// <summary>Calls that are traced whatever their arguments, unless made from the trampoline.</summary>
    private static ReadOnlySpan<int> Always =>
    [
        SyscallNumber.Munmap, SyscallNumber.Mremap,
        SyscallNumber.Shmat, SyscallNumber.Shmdt, SyscallNumber.Execve, SyscallNumber.Execveat, SyscallNumber.MapShadowStack,
        SyscallNumber.RemapFilePages, SyscallNumber.Report, SyscallNumber.SchedGetaffinity, SyscallNumber.SchedSetaffinity,
        SyscallNumber.Seccomp, SyscallNumber.Mlockall,
    ];

    private static uint LowOfArgument(int index) => (uint)(16 + (8 * index));

    private static uint HighOfArgument(int index) => LowOfArgument(index) + 4;

    /// <summary>Builds the filter that is added for a program with stacks outside the window: every change of protection is traced.</summary>
    internal static BpfInstruction[] BuildForProtections(ulong trampolineStart, ulong trampolineEnd) =>
    [
        new(LoadWord, 0, 0, ArchitectureAt),
        new(JumpEqual, 0, 3, X86_64),
        new(LoadWord, 0, 0, NumberAt),
        new(JumpEqual, 2, 0, SyscallNumber.Mprotect),
        new(JumpEqual, 1, 0, SyscallNumber.PkeyMprotect),
        new(Return, 0, 0, Allow),
        new(LoadWord, 0, 0, InstructionPointerAt + 4),
        new(JumpEqual, 0, 3, (uint)(trampolineStart >> 32)),
        new(LoadWord, 0, 0, InstructionPointerAt),
        new(JumpGreaterEqual, 0, 1, (uint)trampolineStart),
        new(JumpGreaterEqual, 0, 1, (uint)trampolineEnd),
        new(Return, 0, 0, Trace),
        new(Return, 0, 0, Allow),
    ];

    /// <summary>Builds the filter.</summary>
    /// <param name="trampolineStart">Calls made from here on are the engine's own, and not traced.</param>
    /// <param name="trampolineEnd">Where they end; shares its upper 32 bits with the start.</param>
    /// <param name="windowStart">Where thread stacks lie: memory given back there is traced, and changes of protection. A multiple of 4 GiB.</param>
    /// <param name="windowEnd">Where they end; a multiple of 4 GiB.</param>
    /// <param name="mainStacks">From where on main stacks lie: changes of protection are traced. A multiple of 4 GiB.</param>
    internal static BpfInstruction[] Build(ulong trampolineStart, ulong trampolineEnd, ulong windowStart, ulong windowEnd, ulong mainStacks)
    {
        const int toAllow = -1;
        const int toTrace = -2;
        const int toPointerCheck = -3;
        var code = new List<(ushort Code, int True, int False, uint Operand)>();
        void Load(uint at) => code.Add((LoadWord, 0, 0, at));
        void Equal(uint value, int yes, int no) => code.Add((JumpEqual, yes, no, value));

        Load(ArchitectureAt);
        Equal(X86_64, 0, toAllow);
        Load(NumberAt);

        // Calls of which an argument decides. Each block is skipped (index of the next) when the number differs.
        void ByArgument(int number, int argument, ReadOnlySpan<uint> values, bool traceWhenEqual)
        {
            int size = values.Length + 2;
            Equal((uint)number, 0, size);
            Load(LowOfArgument(argument));
            foreach (uint value in values)
                Equal(value, traceWhenEqual ? toPointerCheck : toAllow, 0);
            code.Add((JumpAlways, 0, 0, unchecked((uint)(traceWhenEqual ? toAllow : toPointerCheck))));
        }

        ByArgument(SyscallNumber.Mmap, 4, [OwnMmapMark], traceWhenEqual: false);
        ByArgument(SyscallNumber.Setrlimit, 0, [ResourceLimit.Stack, ResourceLimit.MemLock], traceWhenEqual: true);
        ByArgument(SyscallNumber.Prctl, 0, [PrctlOption.SetSeccomp], traceWhenEqual: true);
        ByArgument(SyscallNumber.Ptrace, 0, [Ptrace.TraceMe, Ptrace.Attach, Ptrace.SeizeRequest], traceWhenEqual: true);
        ByArgument(SyscallNumber.RtSigaction, 0, [Signal.SEGV], traceWhenEqual: true);

        // Asking for the break, or for a limit, changes nothing.
        Equal(SyscallNumber.Brk, 0, 4);
        Load(LowOfArgument(0));
        Equal(0, 0, toPointerCheck);
        Load(HighOfArgument(0));
        Equal(0, toAllow, toPointerCheck);
        Equal(SyscallNumber.Prlimit64, 0, 7);
        Load(LowOfArgument(2));
        Equal(0, 0, 2);
        Load(HighOfArgument(2));
        Equal(0, toAllow, 0);
        Load(LowOfArgument(1));
        Equal(ResourceLimit.Stack, toPointerCheck, 0);
        Equal(ResourceLimit.MemLock, toPointerCheck, toAllow);

        // A thread that ends gives its stack's memory back: what it touched has to be seen before. Guards may be mere marks in a mapping.
        // What a child does not get is to be known before the fork.
        Equal(SyscallNumber.Madvise, 0, 9);
        Load(LowOfArgument(2));
        Equal(Advice.DontFork, toPointerCheck, 0);
        Equal(Advice.DoFork, toPointerCheck, 0);
        Equal(Advice.DontNeed, 2, 0);
        Equal(Advice.InstallGuard, 1, 0);
        Equal(Advice.RemoveGuard, 0, toAllow);
        Load(HighOfArgument(0));
        code.Add((JumpGreaterEqual, 0, toAllow, (uint)(windowStart >> 32)));
        code.Add((JumpGreaterEqual, toAllow, toPointerCheck, (uint)(windowEnd >> 32)));
        Equal(SyscallNumber.Mprotect, 1, 0);
        Equal(SyscallNumber.PkeyMprotect, 0, 4);
        Load(HighOfArgument(0));
        code.Add((JumpGreaterEqual, toPointerCheck, 0, (uint)(mainStacks >> 32)));
        code.Add((JumpGreaterEqual, toAllow, 0, (uint)(windowEnd >> 32)));
        code.Add((JumpGreaterEqual, toPointerCheck, toAllow, (uint)(windowStart >> 32)));
        foreach (int number in Always)
            Equal((uint)number, toPointerCheck, 0);
        code.Add((Return, 0, 0, Allow));

        int pointerCheck = code.Count;
        Load(InstructionPointerAt + 4);
        Equal((uint)(trampolineStart >> 32), 0, toTrace);
        Load(InstructionPointerAt);
        code.Add((JumpGreaterEqual, 0, toTrace, (uint)trampolineStart));
        code.Add((JumpGreaterEqual, toTrace, toAllow, (uint)trampolineEnd));
        int trace = code.Count;
        code.Add((Return, 0, 0, Trace));
        int allow = code.Count;
        code.Add((Return, 0, 0, Allow));

        int Target(int at, int jump) => jump switch
        {
            toAllow => allow - at - 1,
            toTrace => trace - at - 1,
            toPointerCheck => pointerCheck - at - 1,
            _ => jump,
        };

        var program = new BpfInstruction[code.Count];
        for (int i = 0; i < program.Length; i++)
        {
            var (operation, yes, no, operand) = code[i];
            program[i] = operation == JumpAlways
                ? new BpfInstruction(operation, 0, 0, (uint)Target(i, unchecked((int)operand)))
                : new BpfInstruction(operation, checked((byte)Target(i, yes)), checked((byte)Target(i, no)), operand);
        }

        return program;
    }
}
