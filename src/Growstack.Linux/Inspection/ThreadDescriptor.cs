// The C library's own record of a thread's stack, found in the thread's descriptor.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Growstack.Linux.Inspection;

/// <summary>The block of memory a C library gave a thread.</summary>
/// <param name="Block">Its lowest address, the guard's if there is one.</param>
/// <param name="Size">Its size in bytes, guard included.</param>
/// <param name="Guard">The guard's size in bytes as the library recorded it.</param>
/// <param name="Library">Whose record it is.</param>
internal readonly record struct ThreadDescriptor(ulong Block, ulong Size, ulong Guard, ProcessRuntime Library);

/// <summary>
/// Reads descriptors from a process's memory. The structures are private to the libraries, so nothing relies on an offset alone: a
/// descriptor counts only if it names the very thread and describes a block that contains it. Only pages that were touched before are
/// read: reading another would make the kernel map one, and change what the page map says of it.
/// </summary>
internal sealed class ThreadDescriptorReader : IDisposable
{
    private const ulong LargestBlock = 1UL << 42;

    /// <summary>glibc puts the descriptor at the block's very top; only the alignment of thread-local storage lies above it.</summary>
    private const ulong FarthestFromTop = 16 << 10;

    private readonly SafeFileHandle _memory;
    private readonly ulong _page = (ulong)Environment.SystemPageSize;

    private ThreadDescriptorReader(SafeFileHandle memory) => _memory = memory;

    /// <summary>Opens the memory of the process a living thread belongs to; that needs the permission to trace it.</summary>
    public static ThreadDescriptorReader? Open(ProcFs proc, int pid, int tid, out ProcError error)
    {
        var memory = ProcFs.Open(proc.PathOf(pid, tid, "mem"), out error);
        return memory is null ? null : new ThreadDescriptorReader(memory);
    }

    /// <summary>
    /// The GNU C library: its descriptor has the thread's id 16 bytes before the robust list's head, and after it, side by side, the
    /// block's address, its size and the guard's size.
    /// </summary>
    /// <param name="robustList">The list's head.</param>
    /// <param name="ownId">The id to find.</param>
    /// <param name="pages">Tells whether the next page was touched, should the descriptor cross into it.</param>
    public ThreadDescriptor? ReadGlibc(ulong robustList, int ownId, PageMap? pages)
    {
        const int IdBefore = 16, HeadSize = 24, SearchedBytes = 0x800;
        var start = robustList - IdBefore;
        var nextPage = (start & ~(_page - 1)) + _page;
        var length = IdBefore + SearchedBytes;
        if (start + (ulong)length > nextPage && pages?.Scan(nextPage, nextPage + _page) is not { Bytes: > 0 })
            length = (int)(nextPage - start);

        Span<byte> bytes = stackalloc byte[length];
        var got = ProcFs.ReadAt(_memory, bytes, start, out _);
        if (got < IdBefore || BinaryPrimitives.ReadInt32LittleEndian(bytes) != ownId)
            return null;

        var words = MemoryMarshal.Cast<byte, ulong>(bytes[(IdBefore + HeadSize)..Math.Max(got, IdBefore + HeadSize)]);
        for (var i = 0; i + 2 < words.Length; i++)
        {
            var (block, size, guard) = (words[i], words[i + 1], words[i + 2]);
            if (block != 0 && block <= robustList && size < LargestBlock && robustList - block < size
                && block + size - robustList <= FarthestFromTop && guard < size && guard % _page == 0)
                return new ThreadDescriptor(block, size, guard, ProcessRuntime.Glibc);
        }

        return null;
    }

    /// <summary>
    /// musl: its descriptor begins with its own address and lies above the stack in the same mapping; it holds the thread's id and,
    /// side by side, the mapping's address and size and the stack's end and size.
    /// </summary>
    /// <param name="stackPointer">Where to start looking.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="ownId">The id to find.</param>
    /// <param name="pages">Tells which pages were touched.</param>
    public ThreadDescriptor? ReadMusl(ulong stackPointer, ulong end, int ownId, PageMap pages)
    {
        const ulong FarthestUp = 64 << 20;
        var buffer = new ulong[_page / sizeof(ulong) + SearchedWords];
        end = Math.Min(end, stackPointer + FarthestUp);
        for (var page = stackPointer & ~(_page - 1); page < end; page += _page)
        {
            if (pages.Scan(page, page + _page) is not { Bytes: > 0 })
                continue;

            var got = ProcFs.ReadAt(_memory, MemoryMarshal.AsBytes(buffer.AsSpan(0, WordsReadable(page, end, pages))), page, out _) / sizeof(ulong);
            for (var i = 0; i < Math.Min(got, (int)_page / sizeof(ulong)); i++)
            {
                if (buffer[i] == page + (ulong)i * sizeof(ulong) && FindMuslBlock(buffer.AsSpan(i..got), ownId, stackPointer) is { } found)
                    return found;
            }
        }

        return null;
    }

    public void Dispose() => _memory.Dispose();

    private const int SearchedWords = 32;

    private int WordsReadable(ulong page, ulong end, PageMap pages) =>
        (int)_page / sizeof(ulong) + (page + _page < end && pages.Scan(page + _page, page + 2 * _page) is { Bytes: > 0 } ? SearchedWords : 0);

    private ThreadDescriptor? FindMuslBlock(ReadOnlySpan<ulong> words, int ownId, ulong stackPointer)
    {
        var self = words[0];
        const int FirstIdWord = 4, LastIdWord = 8;
        words = words[..Math.Min(words.Length, SearchedWords)];
        var named = false;
        for (var i = FirstIdWord; i <= LastIdWord && i < words.Length; i++)
            named |= (int)words[i] == ownId || (int)(words[i] >> 32) == ownId;
        if (!named)
            return null;

        for (var i = FirstIdWord; i + 3 < words.Length; i++)
        {
            var (block, size, stackEnd, stackSize) = (words[i], words[i + 1], words[i + 2], words[i + 3]);
            if (stackSize is 0 or >= LargestBlock || stackEnd <= stackPointer || stackEnd > self || stackEnd - stackSize > stackPointer)
                continue;

            if (block != 0 && block % _page == 0 && size < LargestBlock && block <= stackEnd - stackSize && stackEnd - block <= size)
                return new ThreadDescriptor(block, size, 0, ProcessRuntime.Musl);

            // Memory the program provided: musl mapped nothing, but put the descriptor at its top.
            if (block == 0)
                return new ThreadDescriptor(stackEnd - stackSize, self - (stackEnd - stackSize), 0, ProcessRuntime.Musl);
        }

        return null;
    }
}
