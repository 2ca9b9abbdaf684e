// From libdw's description of a frame to the compact form.
namespace Growstack.Linux.Symbols;

/// <summary>Reads frame rules.</summary>
internal static unsafe class FrameRuleReader
{
    private const int MostOperations = 3;

    /// <summary>Reads a Dwarf_Frame.</summary>
    /// <returns>The rule, or null if the table holds none that is understood.</returns>
    public static FrameRule? Read(Libdw libdw, nint frame)
    {
        ulong start, end;
        byte isSignal;
        _ = libdw.FrameInfo(frame, &start, &end, &isSignal);

        DwarfOp* operations;
        nuint count;
        if (libdw.FrameCfa(frame, &operations, &count) != 0 || count == 0)
            return null;

        var cfa = new ReadOnlySpan<DwarfOp>(operations, (int)count);
        var isOffset = TryReadOffset(cfa, out var register, out var offset);
        var expression = isOffset ? null : cfa.ToArray();

        var saved = new List<SavedRegister>();
        var memory = stackalloc DwarfOp[MostOperations];
        for (var number = 0; number < RegisterFile.Count; number++)
        {
            if (libdw.FrameRegister(frame, number, memory, &operations, &count) != 0)
                return null;

            if (count > 0)
            {
                var rule = Read(number, new ReadOnlySpan<DwarfOp>(operations, (int)count));
                var isTheDefault = rule is { Register: UnwindState.Rsp, Rule: RegisterRule.IsOffset, Offset: 0 };
                if (!isTheDefault)
                    saved.Add(rule);
            }
            else if (number == UnwindState.ReturnAddress && operations == memory)
            {
                // No operations in the caller's memory: undefined. A return address that is undefined has no caller.
                return FrameRule.Outermost;
            }
        }

        return new FrameRule
        {
            CfaRegister = register,
            CfaOffset = offset,
            CfaExpression = expression,
            Saved = [.. saved],
            IsSignal = isSignal != 0,
        };
    }

    private static bool TryReadOffset(ReadOnlySpan<DwarfOp> operations, out int register, out long offset)
    {
        (register, offset) = (0, 0);
        if (operations.Length != 1)
            return false;

        switch (operations[0].Atom)
        {
            case >= DwarfExpression.Breg0 and <= DwarfExpression.Breg31 and var atom:
                (register, offset) = (atom - DwarfExpression.Breg0, (long)operations[0].Number);
                break;
            case DwarfExpression.Bregx:
                (register, offset) = ((int)operations[0].Number, (long)operations[0].Number2);
                break;
            default:
                return false;
        }

        return register < RegisterFile.Count;
    }

    private static SavedRegister Read(int register, ReadOnlySpan<DwarfOp> operations)
    {
        var isValue = operations[^1].Atom == DwarfExpression.StackValue;
        var body = isValue ? operations[..^1] : operations;
        if (body.Length is 1 or 2 && body[0].Atom == DwarfExpression.CallFrameCfa && (body.Length == 1 || body[1].Atom == DwarfExpression.PlusUconst))
            return new SavedRegister(register, isValue ? RegisterRule.IsOffset : RegisterRule.AtOffset, body.Length == 1 ? 0 : (long)body[1].Number, null);

        if (body.Length == 1 && !isValue)
        {
            var other = body[0].Atom switch
            {
                >= DwarfExpression.Reg0 and <= DwarfExpression.Reg31 and var atom => atom - DwarfExpression.Reg0,
                DwarfExpression.Regx => (int)Math.Min(body[0].Number, int.MaxValue),
                _ => -1,
            };
            if (other is >= 0 and < RegisterFile.Count)
                return new SavedRegister(register, RegisterRule.InRegister, other, null);
        }

        return new SavedRegister(register, isValue ? RegisterRule.IsExpression : RegisterRule.AtExpression, 0, operations.ToArray());
    }
}
