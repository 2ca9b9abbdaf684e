// What a new process image finds on its stack: arguments, environment and auxiliary vector, laid out as the x86-64 psABI says ("Process Initialization").
using System.Buffers.Binary;
using System.Text;

using Growstack.Maps;
using Growstack.Memory;

namespace Growstack.Processes;

/// <summary>
/// The initial stack image of a process. From the stack pointer upwards: argc, the addresses of the arguments, zero, the addresses of the environment
/// strings, zero, the auxiliary vector, AT_NULL; then the bytes that the auxiliary vector points to, and the strings, up to the end of the stack. All numbers are
/// 64-bit, little-endian; the stack pointer is a multiple of 16.
/// </summary>
public sealed class StackImage
{
    private const int Word = 8;
    private const int Alignment = 16;

    private readonly byte[][] _arguments;
    private readonly byte[][] _environment;
    private readonly AuxiliaryEntry[] _auxiliary;

    /// <summary>An image; strings are put down in UTF-8.</summary>
    /// <param name="arguments">argv, the program's own name first.</param>
    /// <param name="environment">envp, each NAME=VALUE.</param>
    /// <param name="auxiliary">The auxiliary vector, without the AT_NULL that ends it.</param>
    /// <exception cref="ArgumentException">A string contains a NUL, which would end it.</exception>
    public StackImage(IEnumerable<string> arguments, IEnumerable<string> environment, IEnumerable<AuxiliaryEntry>? auxiliary = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(environment);
        _arguments = [.. arguments.Select(static s => Encode(s, nameof(arguments)))];
        _environment = [.. environment.Select(static s => Encode(s, nameof(environment)))];
        _auxiliary = [.. auxiliary ?? []];
        ArgumentBytes = Total(_arguments) + Total(_environment);
        foreach (var entry in _auxiliary)
            PointedBytes += Align((ulong)entry.Bytes.Length);
    }

    /// <summary>The size of all strings with their ends, which execve(2) limits, in bytes.</summary>
    public ulong ArgumentBytes { get; }

    /// <summary>How much of the stack the image takes, if the stack ends at a multiple of 16, in bytes.</summary>
    public ulong Size => Align(ArgumentBytes) + PointedBytes + Align(VectorBytes);

    private ulong PointedBytes { get; }

    private ulong VectorBytes => Word * (ulong)(1 + _arguments.Length + 1 + _environment.Length + 1 + (2 * (_auxiliary.Length + 1)));

    /// <summary>Writes the image to the upper end of a stack, which grows as it must.</summary>
    /// <param name="memory">The new process's memory.</param>
    /// <param name="top">The first address past the stack.</param>
    /// <param name="stackPointer">Where the process's stack pointer belongs: the address of argc.</param>
    /// <returns>As <see cref="GuestMemory.Write(ulong, ReadOnlySpan{byte})"/>.</returns>
    public KernReturn Write(GuestMemory memory, ulong top, out ulong stackPointer)
    {
        ArgumentNullException.ThrowIfNull(memory);
        stackPointer = 0;
        var end = top & ~(ulong)(Alignment - 1);
        if (end < Size)
            return KernReturn.InvalidAddress;
        var bottom = end - Size;
        var image = new byte[Size];
        var vector = image.AsSpan();
        // Strings and pointed bytes lie above the vector, in the order in which it names them.
        var strings = Size - Align(ArgumentBytes);
        var pointed = strings - PointedBytes;
        Put(ref vector, (ulong)_arguments.Length);
        PutStrings(ref vector, _arguments, image, ref strings, bottom);
        PutStrings(ref vector, _environment, image, ref strings, bottom);
        foreach (var entry in _auxiliary)
        {
            Put(ref vector, entry.Type);
            Put(ref vector, entry.IsPointer ? bottom + pointed : entry.Value);
            entry.Bytes.Span.CopyTo(image.AsSpan((int)pointed));
            pointed += Align((ulong)entry.Bytes.Length);
        }
        var answer = memory.Write(bottom, image);
        if (answer == KernReturn.Success)
            stackPointer = bottom;
        return answer;
    }

    private static void PutStrings(ref Span<byte> vector, byte[][] strings, byte[] image, ref ulong at, ulong bottom)
    {
        foreach (var text in strings)
        {
            Put(ref vector, bottom + at);
            text.CopyTo(image.AsSpan((int)at));
            at += (ulong)text.Length;
        }
        Put(ref vector, 0);
    }

    private static void Put(ref Span<byte> vector, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(vector, value);
        vector = vector[Word..];
    }

    /// <summary>A string with the NUL that ends it.</summary>
    private static byte[] Encode(string text, string argument)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A string contains a NUL.", argument);
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private static ulong Total(byte[][] strings)
    {
        ulong total = 0;
        foreach (var text in strings)
            total += (ulong)text.Length;
        return total;
    }

    private static ulong Align(ulong bytes) => (bytes + (Alignment - 1)) & ~(ulong)(Alignment - 1);
}
