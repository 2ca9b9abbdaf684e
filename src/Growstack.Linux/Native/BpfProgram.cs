// Puts a classic BPF program together, with names for the places it jumps to.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>One instruction of classic BPF, struct sock_filter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>A place in a program that is being made. Jumps lead forward only, 255 instructions at most.</summary>
internal readonly record struct BpfLabel(int Index);

/// <summary>A program on one accumulator, which <see cref="Load"/> fills and the conditions look at.</summary>
internal sealed class BpfProgram
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreaterEqual = 0x35;
    private const ushort JumpBitsSet = 0x45;
    private const ushort ReturnConstant = 0x06;

    private readonly List<(ushort Code, BpfLabel? Yes, BpfLabel? No, uint Operand)> _code = [];
    private readonly List<int> _places = [];

    /// <summary>A place that is yet to come.</summary>
    internal BpfLabel Label()
    {
        _places.Add(-1);
        return new BpfLabel(_places.Count - 1);
    }

    /// <summary>What follows is the place.</summary>
    internal void Place(BpfLabel label) => _places[label.Index] = _code.Count;

    /// <summary>Loads the word at an offset of the data.</summary>
    internal void Load(uint at) => _code.Add((LoadWord, null, null, at));

    /// <summary>Goes to one place or the other; where none is given, on to what follows.</summary>
    internal void IfEqual(uint value, BpfLabel? yes, BpfLabel? no = null) => _code.Add((JumpEqual, yes, no, value));

    /// <inheritdoc cref="IfEqual"/>
    internal void IfAtLeast(uint value, BpfLabel? yes, BpfLabel? no = null) => _code.Add((JumpGreaterEqual, yes, no, value));

    /// <inheritdoc cref="IfEqual"/>
    internal void IfAnyBit(uint bits, BpfLabel? yes, BpfLabel? no = null) => _code.Add((JumpBitsSet, yes, no, bits));

    /// <summary>Ends with a result.</summary>
    internal void Return(uint result) => _code.Add((ReturnConstant, null, null, result));

    /// <summary>The finished program.</summary>
    internal BpfInstruction[] Build()
    {
        var program = new BpfInstruction[_code.Count];
        for (int i = 0; i < program.Length; i++)
        {
            var (code, yes, no, operand) = _code[i];
            program[i] = new BpfInstruction(code, Distance(i, yes), Distance(i, no), operand);
        }

        return program;
    }

    private byte Distance(int from, BpfLabel? to) => to is { } label ? checked((byte)(_places[label.Index] - from - 1)) : (byte)0;
}
