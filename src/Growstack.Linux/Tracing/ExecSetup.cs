// Puts a fresh program image on a managed main stack.
using System.Runtime.InteropServices;
using System.Text;
using Growstack.Linux.Inspection;
using Growstack.Linux.Native;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Works at the exec event, before the program's first instruction: builds the map from the kernel's, maps the trampoline, and replaces the
/// kernel's stack by a reservation of which only the top is mapped. The strings, vectors and auxiliary values stay at their addresses.
/// The rest of the reservation is left unmapped in the host, as below a stack of the kernel's own: pthread_getattr_np(3) and readers of
/// /proc/self/maps then see what they see natively.
/// </summary>
internal sealed unsafe class ExecSetup(VmSystem system, RunOptions options, Injector injector, Skirts skirts)
{
    /// <summary>What a reservation keeps away from the next mapping below: the kernel's own stack guard gap.</summary>
    private const ulong HostGap = 1UL << 20;

    /// <summary>
    /// The reservation's size where the host has the room and the limit is smaller: FreeBSD's maxssiz, so that a limit raised at run time
    /// takes effect.
    /// </summary>
    private const ulong UsualReservation = 512UL << 20;

    /// <summary>The reservation's size without a limit.</summary>
    private const ulong LargestReservation = 64UL << 30;

    /// <summary>Which of the calls made in the new image asks for the program break.</summary>
    private const int BreakRow = 2;

    /// <summary>The trampoline's place where there is none beside the stack: no kernel puts anything there, and the sanitizers leave it to the program.</summary>
    private static readonly Trampoline Elsewhere = new(0x7e90_0000_0000);

    private const string Killed = "it was killed while its stack was set up";

    private readonly byte[] _pages = [.. Trampoline.Image];

    /// <summary>Keeps what is on the stack while that is replaced.</summary>
    private byte[] _contents = new byte[4 * VmPage.Size];

    /// <summary>Sets the image up.</summary>
    /// <param name="tracee">The thread at its exec event.</param>
    /// <param name="registers">Its registers, with which it goes on.</param>
    /// <returns>The image, which is its process's from now on; without an address space where it goes on as the kernel made it.</returns>
    /// <exception cref="TracerException">The image was left half set up and cannot go on.</exception>
    internal ProcessImage SetUp(Tracee tracee, in Registers registers)
    {
        int pid = tracee.Tid;
        if (registers.Cs != Registers.Code64)
            return Unmanaged(tracee, "32-bit program");

        if (KernelMaps.Read(pid) is not { } mappings)
        {
            return Unmanaged(tracee, Directory.Exists("/proc/self")
                ? "the program's memory may not be inspected (set-user-id, or its file is not readable)"
                : "/proc is not mounted");
        }

        ulong pointer = registers.Rsp;
        int at = mappings.FindIndex(m => m.Start <= pointer && pointer < m.End);
        if (at < 0)
            return Unmanaged(tracee, "no stack was found at its start");

        var kernelStack = mappings[at];
        ulong top = kernelStack.End;
        ulong below = at == 0 ? 0 : mappings[at - 1].End;
        ulong contents = VmPage.RoundDown(registers.Rsp);
        var content = Contents((int)(top - contents));
        using var memory = new TraceeFile(pid);
        const int flags = MapFlag.PrivateAnonymous | MapFlag.FixedNoReplace;
        var trampoline = Trampoline.Beside(mappings, at) ?? Elsewhere;
        if (!TraceeMemory.Read(pid, contents, content)
            || injector.MapFirst(tracee, registers, memory, trampoline.Base, Trampoline.Size, ProtectionFlag.ReadExecute, flags) is not { } mapped)
        {
            return Unmanaged(tracee, "the program's memory is out of the tracer's reach");
        }

        if (mapped != (long)trampoline.Base)
            throw new TracerException($"The trampoline could not be put into process {pid} (mmap answered {mapped}).");

        var space = Build(mappings, at, trampoline, StackLimitOf(pid));
        var image = Give(tracee, space);
        var rows = new List<SyscallRow>
        {
            new(SyscallNumber.Mprotect, trampoline.Data, VmPage.Size, ProtectionFlag.ReadWrite),
            new(SyscallNumber.Munmap, kernelStack.Start, kernelStack.End - kernelStack.Start),
            new(SyscallNumber.Brk),
        };
        space.Carrier = (in VmEntry piece) =>
        {
            rows.Add(StackPiece.Call(piece));
            return KernReturn.Success;
        };
        var answer = MapMainStack(space, kernelStack.Protection, top, below, contents, pid);
        space.Carrier = null;
        if (answer != KernReturn.Success)
            throw new TracerException($"The main stack of process {pid} could not be mapped: the map answered {answer}.");

        int watchRow = rows.Count;
        bool skirted = skirts.Possible(tracee, space);
        if (skirted)
        {
            ulong low = space.MainStack!.Low;
            rows.Add(StackPiece.Call(Skirts.Start(space, space.MainStack, low), low, kernelStack.Protection));
            rows.Add(Skirts.OpenCall);
        }

        var calls = CollectionsMarshal.AsSpan(rows);
        // The table is read from the still read-only data page until its first call has made that page writable.
        if (!memory.Write(trampoline.Base, PagesWith(calls)) || !injector.Run(tracee, registers, calls, prepared: true))
        {
            return Unmanaged(tracee, Killed);
        }

        foreach (ref var row in calls[..watchRow])
        {
            if (row.Failed)
                throw new TracerException($"The main stack of process {pid} could not be replaced: {Errno.Describe((int)-row.Result)}.");
        }

        space.Break = (ulong)calls[BreakRow].Result;
        if (!TraceeMemory.Write(pid, contents, content))
            image.Unmanaged = Killed;
        if (skirted)
            skirts.Begin(tracee, space, space.MainStack!, calls[watchRow..], registers);
        return image;
    }

    private static ProcessImage Unmanaged(Tracee tracee, string reason)
    {
        var image = Give(tracee, null);
        image.Unmanaged = reason;
        return image;
    }

    private static ProcessImage Give(Tracee tracee, AddressSpace? space)
    {
        var process = tracee.Process!;
        return process.Image = new ProcessImage(process.Pid, process.ParentPid, ImageOrigin.Exec, space);
    }

    private Span<byte> Contents(int length)
    {
        if (_contents.Length < length)
            _contents = GC.AllocateUninitializedArray<byte>(length);
        return _contents.AsSpan(0, length);
    }

    /// <summary>The trampoline's pages as far as they are filled: the code, and a table of calls.</summary>
    private ReadOnlySpan<byte> PagesWith(ReadOnlySpan<SyscallRow> calls)
    {
        var table = MemoryMarshal.Cast<byte, SyscallRow>(_pages.AsSpan((int)VmPage.Size));
        Injector.Fill(table, calls);
        return _pages.AsSpan(0, (int)VmPage.Size + ((calls.Length + 1) * sizeof(SyscallRow)));
    }

    /// <summary>The soft RLIMIT_STACK of a process, as the map's limit.</summary>
    internal static ulong StackLimitOf(int pid)
    {
        ResourceLimit limit = default;

        // Where the call is forbidden, getrlimit(3) is too.
        if (Libc.Syscall(SyscallNumber.Prlimit64, pid, ResourceLimit.Stack, 0, (nint)(&limit)) != 0)
            limit.Soft = MainStackLocator.ReadLimit(Encoding.ASCII.GetString(ProcText.Read($"/proc/{pid}/limits"))) ?? ResourceLimit.Infinity;
        return Math.Min(limit.Soft, VmSystem.Infinity);
    }

    private AddressSpace Build(List<KernelMapping> mappings, int stackAt, Trampoline trampoline, ulong stackLimit)
    {
        var vm = new VmProcess(new VmSpace(system, 0, AddressSpace.UserEnd))
        {
            Limits = ProcessLimits.Unlimited with { Stack = stackLimit, Vmem = options.VmemLimit ?? VmSystem.Infinity },
        };
        var space = new AddressSpace(vm, trampoline) { Options = options };
        for (int i = 0; i < mappings.Count; i++)
        {
            if (i != stackAt)
                MapComparison.Enter(space.Map, mappings[i]);

            // The program's interpreter lies where the kernel puts mappings.
            if (i < stackAt)
                space.MmapArea.Learn(mappings[i].Start, mappings[i].End);
        }

        _ = space.Map.Insert(null, 0, trampoline.Base, trampoline.Data, VmProt.Read | VmProt.Execute, VmProt.All, VmMapFlags.None);
        _ = space.Map.Insert(null, 0, trampoline.Data, trampoline.End, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);
        return space;
    }

    private KernReturn MapMainStack(AddressSpace space, VmProt protection, ulong top, ulong below, ulong contents, int pid)
    {
        var vm = space.Vm;
        ulong limit = vm.Limits.Stack;
        ulong guard = (ulong)system.GuardPages * VmPage.Size;
        ulong room = top - below - Math.Min(HostGap, top - below);
        ulong used = top - contents;
        ulong wanted = limit == VmSystem.Infinity ? LargestReservation : VmPage.RoundDown(limit);
        if (wanted >= system.StackGrowthSize)
            wanted = Math.Max(wanted, UsualReservation);
        if (limit != VmSystem.Infinity)
            wanted += VmPage.RoundUp(options.Reserve ?? 0);
        wanted = Math.Max(wanted, VmPage.RoundUp(used));
        ulong size = VmPage.RoundDown(Math.Min(wanted + guard, room));

        ulong bottom = top - size;
        vm.Space.UserStack = top;
        vm.Space.StackFloor = bottom;
        var answer = vm.MapStack(bottom, size, protection, VmProt.All, VmMapFlags.StackGrowsDown);
        if (answer != KernReturn.Success)
            return answer;

        var stack = new ManagedStack(StackKind.Main, pid, bottom, top, guard) { Low = top - Math.Min(size - guard, VmPage.RoundUp(system.StackGrowthSize)) };
        vm.Space.StackPages = VmPage.Count(stack.Mapped);
        space.Stacks.Add(stack);
        if (contents >= stack.Low)
            return answer;

        // Arguments and environment are larger than the first piece: as the kernel's exec, let the stack have them whatever the step.
        answer = vm.GrowStack(contents);
        if (answer == KernReturn.Success && space.Map.TryLookup(contents, out var piece))
            stack.Low = piece.Start;
        return answer;
    }
}
