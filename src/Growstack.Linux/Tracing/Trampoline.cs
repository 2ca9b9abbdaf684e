// The two pages that the tracer puts into every traced program, and the code in them.
using System.Buffers.Binary;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Page one is code, page two data. The code at the start makes a table of system calls and then reports; each of the <see cref="Slots"/> makes
/// one call for one thread and, when it is answered as expected, returns to where the thread was, without a stop; else it reports. A slot is one
/// thread's until that thread has been seen outside.
/// </summary>
/// <param name="Base">Where the pages are.</param>
internal readonly record struct Trampoline(ulong Base)
{
    internal const ulong Size = 2 * VmPage.Size;

    /// <summary>How many rows the table holds, the end row not counted.</summary>
    internal const int TableRows = 27;

    internal const int ScratchBytes = 256;

    internal const int Slots = 19;

    private const int ReportAt = 0xf00;
    private const int SlotCodeAt = 0x100;
    private const int SlotCodeSize = 64;
    private const int SlotDataAt = 4096 + 2048;
    private const int ScratchAt = 4096 + 1792;
    private const ulong PageTable = 2UL << 20;

    /// <summary>What a slot keeps: rax, rdi, rsi, rdx, r10, r8, r9, rcx, r11, flags, rsp, rip, and the expected answer.</summary>
    private const int SlotWords = 13;

    /// <summary>Offsets in a slot's code: behind the call; where the registers are loaded again; where an unexpected answer is reported.</summary>
    internal const int SlotCompareAt = 2;

    internal const int SlotReloadAt = 11;
    internal const int SlotFailedAt = 38;

    /// <summary>What the pages are called in maps that are shown.</summary>
    internal const string Name = "[growstack]";

    /// <summary>The data page, which begins with the table of calls.</summary>
    internal ulong Data => Base + VmPage.Size;

    /// <summary>Room for what a table's rows point at.</summary>
    internal ulong Scratch => Base + ScratchAt;

    internal ulong End => Base + Size;

    internal ulong SlotCode(int slot) => Base + SlotCodeAt + (ulong)(slot * SlotCodeSize);

    internal ulong SlotData(int slot) => Base + SlotDataAt + (ulong)(slot * SlotWords * 8);

    /// <summary>Whether an address is in one of the pages.</summary>
    internal bool Contains(ulong address) => address - Base < Size;

    /// <summary>Whether an address is in the code page.</summary>
    internal bool ContainsCode(ulong address) => address - Base < VmPage.Size;

    /// <summary>
    /// Finds a place behind the main stack, or behind another of the kernel's mappings, that the same page table covers: a page of its own would take
    /// three tables, which each fork copies, and which are dear where a hypervisor follows them. A page is left free before it.
    /// </summary>
    /// <param name="mappings">The fresh image's mappings, in order.</param>
    /// <param name="stack">Which of them is the main stack.</param>
    /// <returns>Null where there is no such place.</returns>
    internal static Trampoline? Beside(List<KernelMapping> mappings, int stack)
    {
        for (int i = stack; i < mappings.Count; i++)
        {
            if (Behind(mappings, i) is { } place)
                return place;
        }

        // Not behind the first, the program's own: there it extends its data.
        for (int i = stack - 1; i > 0; i--)
        {
            if (mappings[i].Start >= MmapArea.Floor && Behind(mappings, i) is { } place)
                return place;
        }

        return null;
    }

    private static Trampoline? Behind(List<KernelMapping> mappings, int at)
    {
        ulong start = mappings[at].End + VmPage.Size;
        ulong next = at + 1 < mappings.Count ? mappings[at + 1].Start : AddressSpace.UserEnd;
        ulong tableEnd = (mappings[at].End + PageTable - 1) & ~(PageTable - 1);
        return start + Size <= Math.Min(next, tableEnd) ? new Trampoline(start) : null;
    }

    /// <summary>The code page and the empty data page.</summary>
    internal static ReadOnlySpan<byte> Image => Built;

    private static readonly byte[] Built = Build();

    private static byte[] Build()
    {
        byte[] image = new byte[Size];
        int at = 0;
        void Emit(params ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(image.AsSpan(at));
            at += bytes.Length;
        }

        void EmitRelative(ReadOnlySpan<byte> opcode, int target)
        {
            Emit(opcode);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at), target - (at + 4));
            at += 4;
        }

        void EmitReport()
        {
            Emit(0xb8, 0x77, 0x6f, 0x72, 0x67); // mov eax, Report
            EmitRelative([0xe9], ReportAt); //     jmp report
        }

        Emit(BatchCode.Bytes);
        EmitReport();
        for (int slot = 0; slot < Slots; slot++)
        {
            int data = SlotDataAt + (slot * SlotWords * 8);
            at = SlotCodeAt + (slot * SlotCodeSize);
            Emit(0x0f, 0x05); //                   syscall
            EmitRelative([0x48, 0x3b, 0x05], data + (12 * 8)); // cmp rax, [expected]
            Emit(0x75, SlotFailedAt - SlotReloadAt); // jne failed
            Emit(0x58, 0x5f, 0x5e, 0x5a); //       pop rax; pop rdi; pop rsi; pop rdx
            Emit(0x41, 0x5a, 0x41, 0x58); //       pop r10; pop r8
            Emit(0x41, 0x59, 0x59); //             pop r9; pop rcx
            Emit(0x41, 0x5b, 0x9d); //             pop r11; popfq
            EmitRelative([0x48, 0x8b, 0x25], data + (10 * 8)); // mov rsp, [saved rsp]
            EmitRelative([0xff, 0x25], data + (11 * 8)); //       jmp [saved rip]
            Emit(0x48, 0x89, 0xc7); //    failed:  mov rdi, rax
            EmitReport();
        }

        at = ReportAt;
        Emit(0x0f, 0x05, 0x0f, 0x0b); // syscall; ud2
        return image;
    }
}
