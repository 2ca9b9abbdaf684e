// How to get from a frame to its caller's, in a form that takes a few loads to apply.
namespace Growstack.Linux.Symbols;

/// <summary>How a register's value in the caller is found.</summary>
internal enum RegisterRule : byte
{
    /// <summary>In memory, at an offset from the frame's address.</summary>
    AtOffset,

    /// <summary>It is the frame's address plus an offset.</summary>
    IsOffset,

    /// <summary>In another register.</summary>
    InRegister,

    /// <summary>In memory, where an expression says.</summary>
    AtExpression,

    /// <summary>It is what an expression says.</summary>
    IsExpression,
}

/// <summary>One register that differs in the caller.</summary>
/// <param name="Register">Its DWARF number.</param>
/// <param name="Rule">How it is found.</param>
/// <param name="Offset">The offset, or the other register.</param>
/// <param name="Expression">The expression, if the rule needs one.</param>
internal readonly record struct SavedRegister(int Register, RegisterRule Rule, long Offset, DwarfOp[]? Expression);

/// <summary>
/// The rules of a frame. They are the same for every frame stopped at one address: unwinding a deep recursion applies few rules very
/// often.
/// </summary>
internal sealed class FrameRule
{
    /// <summary>The rule of code without unwinding tables: it is hoped to keep a frame pointer.</summary>
    public static FrameRule FramePointer { get; } = new()
    {
        CfaRegister = UnwindState.Rbp,
        CfaOffset = 16,
        IsGuess = true,
        Saved = [AtOffset(UnwindState.Rbp, -16), AtOffset(UnwindState.ReturnAddress, -8)],
    };

    /// <summary>The rule of an address where there is no code: a call through a bad pointer got there.</summary>
    public static FrameRule JustCalled { get; } = new()
    {
        CfaRegister = UnwindState.Rsp,
        CfaOffset = 8,
        IsGuess = true,
        Saved = [AtOffset(UnwindState.ReturnAddress, -8)],
    };

    /// <summary>The rule of the outermost frame.</summary>
    public static FrameRule Outermost { get; } = new() { IsOutermost = true };

    /// <summary>The frame's address (CFA) is this register plus <see cref="CfaOffset"/>, unless <see cref="CfaExpression"/> says otherwise.</summary>
    public int CfaRegister { get; init; }

    public long CfaOffset { get; init; }

    public DwarfOp[]? CfaExpression { get; init; }

    /// <summary>The registers that differ in the caller; the return address is among them.</summary>
    public SavedRegister[] Saved { get; init; } = [];

    /// <summary>There is no caller.</summary>
    public bool IsOutermost { get; init; }

    /// <summary>A frame the kernel made to deliver a signal: what it interrupted may be anywhere.</summary>
    public bool IsSignal { get; init; }

    /// <summary>No table gave it: its result has to be checked.</summary>
    public bool IsGuess { get; init; }

    /// <summary>The frame's address depends on the stack pointer alone, so that equal frames follow each other at equal distances.</summary>
    public bool HasFixedSize => CfaExpression is null && CfaRegister == UnwindState.Rsp;

    private static SavedRegister AtOffset(int register, long offset) => new(register, RegisterRule.AtOffset, offset, null);

    /// <summary>Goes on to the caller.</summary>
    /// <param name="state">The frame; the caller's afterwards, if there is one.</param>
    /// <param name="memory">The stack.</param>
    /// <param name="cfa">The frame's address: the stack pointer of the caller.</param>
    /// <returns>False if memory could not be read or an expression was not understood.</returns>
    public bool Apply(ref UnwindState state, StackMemory memory, out ulong cfa)
    {
        cfa = 0;
        if (CfaExpression is not null)
        {
            if (!DwarfExpression.TryEvaluate(CfaExpression, state, memory, 0, out cfa))
                return false;
        }
        else
        {
            cfa = state.Registers[CfaRegister] + (ulong)CfaOffset;
        }

        var caller = state;
        caller.StackPointer = cfa;
        caller.IsExact = IsSignal;
        caller.IsGuessed = false;
        foreach (var saved in Saved)
        {
            ulong value;
            switch (saved.Rule)
            {
                case RegisterRule.AtOffset:
                    if (!memory.TryRead(cfa + (ulong)saved.Offset, out value))
                        return false;
                    break;
                case RegisterRule.IsOffset:
                    value = cfa + (ulong)saved.Offset;
                    break;
                case RegisterRule.InRegister:
                    value = state.Registers[(int)saved.Offset];
                    break;
                default:
                    if (!DwarfExpression.TryEvaluate(saved.Expression!, state, memory, cfa, out value)
                        || (saved.Rule == RegisterRule.AtExpression && !memory.TryRead(value, out value)))
                        return false;
                    break;
            }

            caller.Registers[saved.Register] = value;
        }

        state = caller;
        return true;
    }
}
