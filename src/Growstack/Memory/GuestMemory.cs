// A guest's memory as its host reads and writes it: single values, the path that must be fast.
using System.Runtime.CompilerServices;

using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Memory;

/// <summary>
/// The memory of a process: what its map says is mapped can be read and written. Pages come into being, zero or read by a pager, at the first access to each
/// (demand-zero); stacks grow when they are touched; after a fork parent and child share pages until one of them writes (copy-on-write).
/// </summary>
/// <remarks>
/// <para>
/// Accesses answer as the page fault did: <see cref="KernReturn.Success"/>; <see cref="KernReturn.InvalidAddress"/>, nothing is mapped there, and
/// <see cref="KernReturn.ProtectionFailure"/>, the access is not permitted or the stack is full (release 10: <see cref="KernReturn.Failure"/>), of which a
/// guest hears by SIGSEGV; <see cref="KernReturn.OutOfBounds"/>, mapped, but past the end of the file, by SIGBUS; <see cref="KernReturn.ResourceShortage"/>,
/// no swap or no page is left. An access that does not succeed has no effect on the page where it failed.
/// </para>
/// <para>
/// All operations may be called from any thread. Accesses to pages that were accessed before take no lock, allocate nothing and run in parallel. They are atomic
/// as on the host: values of up to eight bytes at a multiple of their size. When an operation that takes memory away (remove, protect, fork) returns, every
/// access that it concerns has either ended or will fault. Order of locks: the map's; then that of the memory objects, or that of the page tables. No lock is held while a pager reads, except when memory is wired.
/// </para>
/// <para>
/// Memory is paged: a page can be accessed if one entry of the map covers all of it, and mappings whose bounds or offset are not multiples of
/// <see cref="VmPage.Size"/> are refused with <see cref="KernReturn.InvalidArgument"/>. Pages are kept by the memory objects, so the map must give
/// anonymous memory such (<see cref="VmMap.AnonymousObjects"/>).
/// </para>
/// </remarks>
public sealed partial class GuestMemory
{
    private readonly Pmap _pmap;

    /// <summary>The memory of the address space that a process has now; makes its mappings real. Processes that share a space share its memory.</summary>
    /// <param name="process">The current process, whose stacks grow and whose limits count.</param>
    /// <exception cref="InvalidOperationException">Another <see cref="IPhysicalMap"/> carries out what the map decides, or the map does without memory objects.</exception>
    public GuestMemory(VmProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        Process = process;
        Map = process.Map;
        _pmap = Map.Manage();
    }

    /// <summary>The current process.</summary>
    public VmProcess Process { get; }

    /// <summary>The map of the address space.</summary>
    public VmMap Map { get; }

    /// <summary>Reads a value.</summary>
    /// <param name="address">Where it is; need not be aligned.</param>
    /// <param name="value">The value, or zero.</param>
    /// <returns>What the access answers, see <see cref="GuestMemory"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KernReturn Read<T>(ulong address, out T value)
        where T : unmanaged => Load(address, VmProt.Read, out value);

    /// <summary>Reads a value that the guest executes.</summary>
    /// <inheritdoc cref="Read{T}(ulong, out T)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KernReturn Fetch<T>(ulong address, out T value)
        where T : unmanaged => Load(address, VmProt.Execute, out value);

    /// <summary>Writes a value: as a whole, or not at all.</summary>
    /// <param name="address">Where it goes; need not be aligned.</param>
    /// <param name="value">The value.</param>
    /// <returns>What the access answers, see <see cref="GuestMemory"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KernReturn Write<T>(ulong address, T value)
        where T : unmanaged
    {
        var offset = (int)address & (PageSize - 1);
        if (offset <= PageSize - Unsafe.SizeOf<T>())
        {
            var processor = Processor.Current;
            if (processor.Begin(_pmap, address, VmProt.Write) is { } page)
            {
                Unsafe.WriteUnaligned(ref page[offset], value);
                processor.End();
                return KernReturn.Success;
            }
        }
        return StoreSlowly(address, value);
    }

    /// <summary>Writes a value if another one is there, as one atomic access.</summary>
    /// <param name="address">Where it goes: a multiple of its size.</param>
    /// <param name="value">The value.</param>
    /// <param name="comparand">What must be there.</param>
    /// <param name="found">What was there.</param>
    /// <returns>What the access answers, a write in any case; <see cref="KernReturn.InvalidArgument"/>: the address is not aligned.</returns>
    /// <exception cref="NotSupportedException">The type is not an integer, an enumeration or a floating-point number.</exception>
    public KernReturn CompareExchange<T>(ulong address, T value, T comparand, out T found)
        where T : unmanaged
    {
        found = default;
        if (address % (ulong)Unsafe.SizeOf<T>() != 0)
            return KernReturn.InvalidArgument;
        while (true)
        {
            var processor = Processor.Current;
            if (processor.Begin(_pmap, address, VmProt.Write) is { } page)
            {
                try
                {
                    found = Interlocked.CompareExchange(ref Unsafe.As<byte, T>(ref page[(int)address & (PageSize - 1)]), value, comparand);
                    return KernReturn.Success;
                }
                finally
                {
                    processor.End();
                }
            }
            if (MakeAccessible(address, VmProt.Write) is var answer and not KernReturn.Success)
                return answer;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private KernReturn Load<T>(ulong address, VmProt access, out T value)
        where T : unmanaged
    {
        var offset = (int)address & (PageSize - 1);
        if (offset <= PageSize - Unsafe.SizeOf<T>())
        {
            var processor = Processor.Current;
            if (processor.Begin(_pmap, address, access) is { } page)
            {
                value = Unsafe.ReadUnaligned<T>(ref page[offset]);
                processor.End();
                return KernReturn.Success;
            }
        }
        return LoadSlowly(address, access, out value);
    }
}
