using Growstack.Maps;
using Growstack.Processes;

var system = new VmSystem(VmRelease.FreeBsd12);
var process = new VmProcess(new VmSpace(system, min: 0x1000, max: 0x7fff_ffff_f000));

// vm_map_stack(9): 1 MiB is reserved; its top 128 KiB (sgrowsiz) are mapped, its lowest page is a guard.
var answer = process.MapStack(0x1000_0000, 1 << 20, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown);
Console.WriteLine($"stack: {answer}");

// vm_map_growstack(9): a guest touches its stack 300 KiB below the top, then in the guard.
Console.WriteLine($"grow:  {process.GrowStack(0x1010_0000 - (300 * 1024))}");
Console.WriteLine($"guard: {process.GrowStack(0x1000_0000)}");

foreach (var entry in process.Map.Entries)
    Console.WriteLine($"{entry.Start:x} {entry.End:x} {entry.Protection,-9} {entry.Flags}");
