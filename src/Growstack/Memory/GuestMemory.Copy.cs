// Copies in and out of a guest's memory, copyin(9) and copyout(9), page by page; and single values that need a fault or lie on two pages.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Growstack.Maps;

namespace Growstack.Memory;

public sealed partial class GuestMemory
{
    private const int PageSize = (int)VmPage.Size;

    /// <summary>Reads bytes, copyin(9).</summary>
    /// <returns>What the first access that failed answers, see <see cref="GuestMemory"/>; what lies before it has been read.</returns>
    public KernReturn Read(ulong address, Span<byte> buffer) => Read(address, buffer, out _);

    /// <summary>Reads bytes, copyin(9).</summary>
    /// <param name="address">The first one's address.</param>
    /// <param name="buffer">Where they go.</param>
    /// <param name="done">How many were read: the access at <paramref name="address"/> + <paramref name="done"/> failed, if not all.</param>
    /// <returns>What the access that failed answers, see <see cref="GuestMemory"/>.</returns>
    public KernReturn Read(ulong address, Span<byte> buffer, out int done) => CopyIn(address, buffer, VmProt.Read, out done);

    /// <summary>Writes bytes, copyout(9).</summary>
    /// <returns>What the first access that failed answers, see <see cref="GuestMemory"/>; what lies before it has been written.</returns>
    public KernReturn Write(ulong address, ReadOnlySpan<byte> bytes) => Write(address, bytes, out _);

    /// <summary>Writes bytes, copyout(9).</summary>
    /// <param name="address">Where the first one goes.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="done">How many were written: the access at <paramref name="address"/> + <paramref name="done"/> failed, if not all.</param>
    /// <returns>What the access that failed answers, see <see cref="GuestMemory"/>.</returns>
    public KernReturn Write(ulong address, ReadOnlySpan<byte> bytes, out int done)
    {
        var processor = Processor.Current;
        for (done = 0; done < bytes.Length;)
        {
            var at = unchecked(address + (ulong)done);
            if (processor.Begin(_pmap, at, VmProt.Write) is { } page)
            {
                var offset = (int)at & (PageSize - 1);
                var piece = bytes.Slice(done, Math.Min(bytes.Length - done, PageSize - offset));
                piece.CopyTo(page.AsSpan(offset));
                processor.End();
                done += piece.Length;
            }
            else if (MakeAccessible(at, VmProt.Write) is var answer and not KernReturn.Success)
            {
                return answer;
            }
        }
        return KernReturn.Success;
    }

    private KernReturn CopyIn(ulong address, Span<byte> buffer, VmProt access, out int done)
    {
        var processor = Processor.Current;
        for (done = 0; done < buffer.Length;)
        {
            var at = unchecked(address + (ulong)done);
            if (processor.Begin(_pmap, at, access) is { } page)
            {
                var offset = (int)at & (PageSize - 1);
                var piece = page.AsSpan(offset, Math.Min(buffer.Length - done, PageSize - offset));
                piece.CopyTo(buffer[done..]);
                processor.End();
                done += piece.Length;
            }
            else if (MakeAccessible(at, access) is var answer and not KernReturn.Success)
            {
                return answer;
            }
        }
        return KernReturn.Success;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private KernReturn LoadSlowly<T>(ulong address, VmProt access, out T value)
        where T : unmanaged
    {
        value = default;
        var answer = CopyIn(address, MemoryMarshal.AsBytes(new Span<T>(ref value)), access, out _);
        if (answer != KernReturn.Success)
            value = default;
        return answer;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private KernReturn StoreSlowly<T>(ulong address, T value)
        where T : unmanaged
    {
        var last = unchecked(address + (ulong)Unsafe.SizeOf<T>() - 1);
        if (VmPage.RoundDown(last) != VmPage.RoundDown(address))
        {
            // On two pages: both must be writable before the first byte is written.
            if (MakeAccessible(address, VmProt.Write) is var first and not KernReturn.Success)
                return first;
            if (MakeAccessible(last, VmProt.Write) is var second and not KernReturn.Success)
                return second;
        }
        return Write(address, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)), out _);
    }
}
