// Evaluates the expressions that unwinding tables use where an offset does not do: signal frames, procedure linkage tables.
namespace Growstack.Linux.Symbols;

/// <summary>The stack machine of DWARF 5, section 2.5, as far as frame rules use it.</summary>
internal static class DwarfExpression
{
    public const byte Addr = 0x03;
    public const byte Deref = 0x06;
    public const byte Const1u = 0x08;
    public const byte Consts = 0x11;
    public const byte Dup = 0x12;
    public const byte Drop = 0x13;
    public const byte Over = 0x14;
    public const byte Swap = 0x16;
    public const byte And = 0x1a;
    public const byte Minus = 0x1c;
    public const byte Mul = 0x1e;
    public const byte Neg = 0x1f;
    public const byte Not = 0x20;
    public const byte Or = 0x21;
    public const byte Plus = 0x22;
    public const byte PlusUconst = 0x23;
    public const byte Shl = 0x24;
    public const byte Shr = 0x25;
    public const byte Shra = 0x26;
    public const byte Xor = 0x27;
    public const byte Eq = 0x29;
    public const byte Ge = 0x2a;
    public const byte Gt = 0x2b;
    public const byte Le = 0x2c;
    public const byte Lt = 0x2d;
    public const byte Ne = 0x2e;
    public const byte Lit0 = 0x30;
    public const byte Lit31 = 0x4f;
    public const byte Reg0 = 0x50;
    public const byte Reg31 = 0x6f;
    public const byte Breg0 = 0x70;
    public const byte Breg31 = 0x8f;
    public const byte Regx = 0x90;
    public const byte Bregx = 0x92;
    public const byte Nop = 0x96;
    public const byte CallFrameCfa = 0x9c;
    public const byte StackValue = 0x9f;

    private const int Depth = 16;

    /// <summary>Evaluates an expression.</summary>
    /// <param name="operations">The expression; branches are not known.</param>
    /// <param name="state">The frame whose registers it uses.</param>
    /// <param name="memory">The memory it reads.</param>
    /// <param name="cfa">The frame's address, if it is known already.</param>
    /// <param name="value">The result.</param>
    public static bool TryEvaluate(ReadOnlySpan<DwarfOp> operations, in UnwindState state, StackMemory memory, ulong cfa, out ulong value)
    {
        value = 0;
        Span<ulong> stack = stackalloc ulong[Depth];
        var count = 0;
        foreach (ref readonly var op in operations)
        {
            var (needs, adds) = Effect(op.Atom);
            if (needs < 0 || count < needs || count - needs + adds > Depth)
                return false;

            ref var top = ref stack[Math.Max(0, count - 1)];
            ref var second = ref stack[Math.Max(0, count - 2)];
            switch (op.Atom)
            {
                case >= Lit0 and <= Lit31:
                    stack[count] = (ulong)(op.Atom - Lit0);
                    break;
                case Addr or (>= Const1u and <= Consts):
                    stack[count] = op.Number;
                    break;
                case >= Breg0 and <= Breg31:
                    if (op.Atom - Breg0 >= RegisterFile.Count)
                        return false;
                    stack[count] = state.Registers[op.Atom - Breg0] + op.Number;
                    break;
                case Bregx:
                    if (op.Number >= RegisterFile.Count)
                        return false;
                    stack[count] = state.Registers[(int)op.Number] + op.Number2;
                    break;
                case CallFrameCfa:
                    stack[count] = cfa;
                    break;
                case Deref:
                    if (!memory.TryRead(top, out top))
                        return false;
                    break;
                case PlusUconst:
                    top += op.Number;
                    break;
                case Dup:
                    stack[count] = top;
                    break;
                case Over:
                    stack[count] = second;
                    break;
                case Swap:
                    (top, second) = (second, top);
                    break;
                case Neg:
                    top = (ulong)-(long)top;
                    break;
                case Not:
                    top = ~top;
                    break;
                case Drop or Nop or StackValue:
                    break;
                default:
                    second = Binary(op.Atom, second, top);
                    break;
            }

            count += adds - needs;
        }

        if (count == 0)
            return false;
        value = stack[count - 1];
        return true;
    }

    // How many values an operation takes and gives; -1: not known.
    private static (int Needs, int Adds) Effect(byte atom) => atom switch
    {
        (>= Lit0 and <= Lit31) or Addr or (>= Const1u and <= Consts) or (>= Breg0 and <= Breg31) or Bregx or CallFrameCfa => (0, 1),
        Deref or PlusUconst or Neg or Not => (1, 1),
        Dup => (1, 2),
        Over => (2, 3),
        Swap => (2, 2),
        Drop => (1, 0),
        Nop or StackValue => (0, 0),
        And or Minus or Mul or Or or Plus or Shl or Shr or Shra or Xor or (>= Eq and <= Ne) => (2, 1),
        _ => (-1, 0),
    };

    private static ulong Binary(byte atom, ulong left, ulong right) => atom switch
    {
        And => left & right,
        Minus => left - right,
        Mul => left * right,
        Or => left | right,
        Plus => left + right,
        Shl => right < 64 ? left << (int)right : 0,
        Shr => right < 64 ? left >> (int)right : 0,
        Shra => (ulong)((long)left >> (int)Math.Min(right, 63)),
        Xor => left ^ right,
        Eq => left == right ? 1UL : 0,
        Ge => (long)left >= (long)right ? 1UL : 0,
        Gt => (long)left > (long)right ? 1UL : 0,
        Le => (long)left <= (long)right ? 1UL : 0,
        Lt => (long)left < (long)right ? 1UL : 0,
        _ => left != right ? 1UL : 0,
    };
}
