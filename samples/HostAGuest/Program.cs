// A guest with memory of its own: exec and its initial stack, copy-on-write after a fork, a stack overflow and why.
using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

const ulong Code = 0x40_0000, Data = 0x60_0000, Page = VmPage.Size;
const byte Count = 1, Call = 2;

var system = new VmSystem(VmRelease.FreeBsd12);
var process = new VmProcess(new VmSpace(system, min: 0x1000, max: 0x7fff_ffff_f000))
{
    Limits = ProcessLimits.Unlimited with { Stack = 1 << 20 },
};

// execve(2): a fresh address space, whose stack holds argc, argv, envp and the auxiliary vector. AT_PAGESZ is 6.
process.Exec(new StackImage(["guest", "--deep"], ["HOME=/"], [new(6, Page)]), out var stackPointer);
var memory = new GuestMemory(process);
memory.Read(stackPointer, out ulong argc);
memory.Read(stackPointer + 16, out ulong second);
Span<byte> text = stackalloc byte[6];
memory.Read(second, text);
Console.WriteLine($"exec:   argc {argc}, argv[1] {System.Text.Encoding.UTF8.GetString(text)}, stack pointer 0x{stackPointer:x}");

// A program of two instructions, which calls itself without end, and its data. No page exists before it is touched.
process.Map.Insert(null, 0, Code, Code + Page, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
process.Map.Insert(null, 0, Data, Data + (256 * Page), VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
memory.Write(Code, [Count, Call]);
process.Map.Protect(Code, Code + Page, VmProt.Read | VmProt.Execute);
Console.WriteLine($"code:   writing to it is a {memory.Write(Code, 0)}");

// fork(2): parent and child share every page until one of them writes to it.
for (var page = 0ul; page < 256; page++)
    memory.Write(Data + (page * Page), page);
var before = system.ResidentPages;
var child = new GuestMemory(process.Fork()!);
child.Write(Data + Page, 42ul);
memory.Read(Data + Page, out ulong parents);
Console.WriteLine($"fork:   {before} pages, and {system.ResidentPages - before} more once the child has written; the parent still reads {parents}");

// The child recurses until its stack is full: the page fault says so, and the map says why.
var (answer, address) = Run(child, stackPointer);
child.Read(Data, out ulong calls);
child.Map.TryLookup(address, out var entry);
Console.WriteLine($"fault:  {answer} at 0x{address:x} after {calls:N0} calls");
if (entry.IsGap)
    Console.WriteLine($"why:    a stack overflow: it has grown to {child.Process.Space.StackPages * Page:N0} bytes, RLIMIT_STACK is {child.Process.Limits.Stack:N0}");
child.Process.Space.Free();

// The guest's processor. What a real one would push at a call is the address behind it.
static (KernReturn Answer, ulong Address) Run(GuestMemory memory, ulong stackPointer)
{
    for (var pc = Code; ;)
    {
        var answer = memory.Fetch(pc, out byte instruction);
        if (answer != KernReturn.Success)
            return (answer, pc);
        switch (instruction)
        {
            case Count:
                memory.Read(Data, out ulong count);
                memory.Write(Data, count + 1);
                pc++;
                break;
            case Call:
                stackPointer -= 8;
                answer = memory.Write(stackPointer, pc + 1);
                if (answer != KernReturn.Success)
                    return (answer, stackPointer);
                pc = Code;
                break;
        }
    }
}
