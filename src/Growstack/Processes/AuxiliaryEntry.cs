// One entry of the auxiliary vector: what the kernel tells a new process image of itself.
namespace Growstack.Processes;

/// <summary>An entry of the auxiliary vector, <c>auxv_t</c>: a value, or bytes that lie on the stack and whose address is the value.</summary>
public readonly record struct AuxiliaryEntry
{
    private AuxiliaryEntry(ulong type, ulong value, ReadOnlyMemory<byte> bytes, bool isPointer) =>
        (Type, Value, Bytes, IsPointer) = (type, value, bytes, isPointer);

    /// <summary>An entry with a value.</summary>
    /// <param name="type">Its type, AT_*; zero (AT_NULL) would end the vector.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is zero.</exception>
    public AuxiliaryEntry(ulong type, ulong value)
        : this(type, value, default, isPointer: false) => ArgumentOutOfRangeException.ThrowIfZero(type);

    /// <summary>An entry whose value is the address of bytes, which are put on the stack; for example AT_RANDOM's.</summary>
    /// <param name="type">Its type, AT_*; zero (AT_NULL) would end the vector.</param>
    /// <param name="bytes">The bytes; the first lies at a multiple of 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is zero.</exception>
    public AuxiliaryEntry(ulong type, ReadOnlyMemory<byte> bytes)
        : this(type, 0, bytes, isPointer: true) => ArgumentOutOfRangeException.ThrowIfZero(type);

    /// <summary>The type, AT_*.</summary>
    public ulong Type { get; }

    /// <summary>The value, if it is not an address on the stack.</summary>
    public ulong Value { get; }

    /// <summary>The bytes whose address is the value.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Whether the value is the address of <see cref="Bytes"/>.</summary>
    public bool IsPointer { get; }
}
