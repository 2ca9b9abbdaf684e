// The registers of one frame while a call chain is followed.
using System.Runtime.CompilerServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Symbols;

/// <summary>The sixteen general registers and the instruction pointer, by DWARF's numbers for x86-64.</summary>
[InlineArray(Count)]
internal struct RegisterFile
{
    public const int Count = 17;

    private ulong _first;
}

/// <summary>A frame: its registers, and what kind of address its instruction pointer is.</summary>
internal struct UnwindState
{
    public const int Rbp = 6;
    public const int Rsp = 7;
    public const int ReturnAddress = 16;

    public RegisterFile Registers;

    /// <summary>
    /// The instruction pointer is the instruction itself (the innermost frame, or one that a signal interrupted) rather than the one
    /// after a call.
    /// </summary>
    public bool IsExact;

    /// <summary>The frame was found by searching the stack.</summary>
    public bool IsGuessed;

    public ulong InstructionPointer
    {
        readonly get => Registers[ReturnAddress];
        set => Registers[ReturnAddress] = value;
    }

    public ulong StackPointer
    {
        readonly get => Registers[Rsp];
        set => Registers[Rsp] = value;
    }

    /// <summary>The address to look up: a return address may already belong to the next function.</summary>
    public readonly ulong LookupAddress => IsExact ? InstructionPointer : InstructionPointer - 1;

    /// <summary>The innermost frame of a stopped thread.</summary>
    public static UnwindState From(in Registers registers)
    {
        var state = new UnwindState { IsExact = true };
        ReadOnlySpan<ulong> byNumber =
        [
            registers.Rax, registers.Rdx, registers.Rcx, registers.Rbx, registers.Rsi, registers.Rdi, registers.Rbp, registers.Rsp,
            registers.R8, registers.R9, registers.R10, registers.R11, registers.R12, registers.R13, registers.R14, registers.R15, registers.Rip,
        ];
        byNumber.CopyTo(state.Registers);
        return state;
    }
}
