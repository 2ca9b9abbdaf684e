// Machine code that makes a table of system calls: the launcher's child and the trampoline of every tracee run it.
namespace Growstack.Linux.Native;

/// <summary>One row of a table of system calls: number, six arguments, and where the answer goes. A negative number ends the table.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)]
internal struct SyscallRow(long number, ulong a1 = 0, ulong a2 = 0, ulong a3 = 0, ulong a4 = 0, ulong a5 = 0, ulong a6 = 0)
{
    public long Number = number;
    public ulong A1 = a1;
    public ulong A2 = a2;
    public ulong A3 = a3;
    public ulong A4 = a4;
    public ulong A5 = a5;
    public ulong A6 = a6;
    public long Result;

    /// <summary>Ends a table.</summary>
    internal static SyscallRow End => new(-1);

    /// <summary>Whether the call answered with an error.</summary>
    public readonly bool Failed => Result is < 0 and >= -4095;
}

/// <summary>The code: rbx points at the table; it uses no stack, and what follows it runs after the last row.</summary>
internal static class BatchCode
{
    internal static ReadOnlySpan<byte> Bytes =>
    [
        0x48, 0x8b, 0x03, //       loop: mov rax, [rbx]
        0x48, 0x85, 0xc0, //             test rax, rax
        0x78, 0x24, //                   js end
        0x48, 0x8b, 0x7b, 0x08, //       mov rdi, [rbx+8]
        0x48, 0x8b, 0x73, 0x10, //       mov rsi, [rbx+16]
        0x48, 0x8b, 0x53, 0x18, //       mov rdx, [rbx+24]
        0x4c, 0x8b, 0x53, 0x20, //       mov r10, [rbx+32]
        0x4c, 0x8b, 0x43, 0x28, //       mov r8, [rbx+40]
        0x4c, 0x8b, 0x4b, 0x30, //       mov r9, [rbx+48]
        0x0f, 0x05, //                   syscall
        0x48, 0x89, 0x43, 0x38, //       mov [rbx+56], rax
        0x48, 0x83, 0xc3, 0x40, //       add rbx, 64
        0xeb, 0xd4, //                   jmp loop
        //                         end:
    ];
}
