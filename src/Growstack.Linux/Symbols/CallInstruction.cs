// Recognises a call instruction from its end.
namespace Growstack.Linux.Symbols;

/// <summary>A return address stands behind a call.</summary>
internal static class CallInstruction
{
    /// <summary>The longest call instruction: a prefix, the opcode FF, ModRM, SIB and a displacement of four bytes.</summary>
    public const int Longest = 8;

    /// <summary>Whether code ends with a call instruction.</summary>
    /// <param name="code">The <see cref="Longest"/> bytes before an address.</param>
    public static bool Ends(ReadOnlySpan<byte> code)
    {
        const byte CallRelative = 0xe8, CallIndirect = 0xff, RegisterField = 0x38, CallExtension = 0x10;
        if (code[^5] == CallRelative)
            return true;

        // FF /2: two bytes, and more with a SIB byte and a displacement of one or four bytes.
        foreach (var length in (ReadOnlySpan<int>)[2, 3, 4, 6, 7])
        {
            if (code[^length] == CallIndirect && (code[^(length - 1)] & RegisterField) == CallExtension)
                return true;
        }

        return false;
    }
}
