// Puts a thread's stack under the map when no call before clone(2) has shown that it is one.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>
/// musl, runtimes with guards of their own, and programs that call clone(2) themselves map a thread's stack readable and writable as a whole, or
/// above an inaccessible guard. Such a mapping is recognised when a thread is given its top, and made over before the thread's first
/// instruction: the map reserves it by vm_map_stack, and in the host all but its top becomes inaccessible, so that the rest is grown into. What is in that
/// memory stays there, whoever touches it. A stack that is only a part of a larger mapping, or has been written to, is measured and left alone:
/// the program may use that memory otherwise, and hand it to the kernel.
/// </summary>
internal sealed class StackAdoption(Injector injector)
{
    /// <summary>The most of the inaccessible memory below a stack that counts as its guard: the rest may be a neighbour's.</summary>
    internal const ulong LargestGuard = 64 * 1024;

    /// <summary>How far below the top of a stack of unknown size its thread's memory is looked for.</summary>
    private const ulong LargestMeasured = 64UL << 20;

    /// <summary>Looks at the stack that a new thread was given.</summary>
    /// <param name="thread">The thread, at its first stop.</param>
    /// <param name="space">Its address space.</param>
    /// <param name="given">What clone(2) was told.</param>
    /// <returns>The stack, <see cref="ManagedStack.IsManaged"/> or only measured; null when nothing is known of it.</returns>
    internal ManagedStack? Adopt(Tracee thread, AddressSpace space, GivenStack given)
    {
        int pid = thread.Process!.Pid;
        MapComparison.TakeUnfollowed(space, pid);
        if (!space.Map.TryLookup(given.Top - 1, out var entry) || entry.IsGap || entry.IsGuard || entry.IsStack || (entry.Protection & VmProt.ReadWrite) != VmProt.ReadWrite)
            return null;
        return TryManage(thread, space, given, entry) ?? MeasureOnly(pid, given, entry);
    }

    /// <summary>
    /// A stack outside the window is to be managed: from now on all of the process's threads are stopped at every mapping and every change of protection,
    /// for one may cut such a stack apart, or put a guard into it; what there is so far is taken from the kernel.
    /// </summary>
    private bool FollowAll(Tracee thread, AddressSpace space)
    {
        if (space.FollowsProtections)
            return true;
        if (!AddFilter(thread))
            return false;
        MapComparison.TakeUnfollowed(space, thread.Process!.Pid);
        return thread.Process.FollowsProtections = space.FollowsProtections = true;
    }

    /// <summary>Has the process add the filter, for all of its threads. The thread is left where it was.</summary>
    private bool AddFilter(Tracee thread)
    {
        const ulong setModeFilter = 1;
        const ulong allThreads = 1;
        const ulong allowSpeculation = 4;
        if (!Ptrace.GetRegisters(thread.Tid, out var registers))
            return false;

        // struct sock_fprog: the number of instructions, and where they are.
        const int head = 16;
        Span<byte> program = stackalloc byte[Trampoline.ScratchBytes];
        var filter = SeccompFilter.BuildForAll();
        ulong scratch = thread.Process!.Trampoline.Scratch;
        ulong at = scratch + head;
        ushort length = (ushort)filter.Length;
        MemoryMarshal.Write(program, length);
        MemoryMarshal.Write(program[8..], at);
        var code = MemoryMarshal.AsBytes(filter.AsSpan());
        code.CopyTo(program[head..]);
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.Seccomp, setModeFilter, allThreads | allowSpeculation, scratch)];
        bool done = injector.Run(thread, registers, rows, program[..(head + code.Length)]) && rows[0].Result == 0;
        _ = Injector.Restore(thread, registers);
        return done;
    }

    private ManagedStack? TryManage(Tracee thread, AddressSpace space, GivenStack given, in VmEntry entry)
    {
        // A filter of the program's own may forbid it the call that this takes.
        bool ofItsOwn = !thread.Process!.OwnFilter && entry.Object is not { Kind: VmObjectKind.Vnode } && entry.Inheritance != VmInherit.Share;
        ulong end = VmPage.RoundUp(given.Top);
        if (!ofItsOwn || Bounds(space, given, entry) is not var (start, guardBelow) || start >= end)
            return null;
        var touched = PeakReader.Scan(thread.Process.Pid, start, end);
        if (touched is null)
            return null;
        ulong floor = touched.Value.GuardEnd;
        ulong low = end - Math.Min(end - floor, VmPage.RoundUp(space.Vm.System.StackGrowthSize));
        bool followed = start >= ThreadStacks.WindowStart && end <= ThreadStacks.WindowEnd;
        if (touched.Value.Lowest < low || !(followed || FollowAll(thread, space)))
            return null;

        // A stack without a guard, or with a smaller one than the map's own, keeps all of its room.
        ulong guard = (ulong)space.Vm.System.GuardPages * VmPage.Size;
        ulong reservation = guard <= floor - start ? floor - guard : floor;
        if (ThreadStacks.Manage(space, reservation, start, floor, end, entry.Protection) is not { } stack)
            return null;
        stack.GuardBelow = guardBelow;
        ulong from = Skirts.Lay(space, stack);
        if (from == floor || Close(thread, floor, from))
            return stack;
        _ = space.Watch?.Free(from, stack.Low);
        ThreadStacks.Undo(space, stack, entry.Protection);
        return null;
    }

    /// <summary>Where the stack begins, if it has a mapping to itself, and how large the inaccessible mapping below it is.</summary>
    private static (ulong Start, ulong GuardBelow)? Bounds(AddressSpace space, GivenStack given, in VmEntry entry)
    {
        if (space.Recent.Find(given.Top - 1) is var (start, end) && start >= entry.Start && end <= entry.End)
        {
            // A C library keeps a little for itself above the stack. Where more lies above, or the stack begins higher up, the mapping is an arena.
            return end - given.Top <= given.Top - start && given.Low <= start ? (start, 0) : null;
        }

        // What clone3(2) was told to be the stack is all of a mapping.
        if (given.Low == entry.Start && entry.End - given.Top <= LargestGuard)
            return (entry.Start, 0);
        return given.Low <= entry.Start && space.Map.TryLookup(entry.Start - 1, out var below) && below is { Protection: VmProt.None, IsGap: false, IsGuard: false }
            ? (entry.Start, Math.Min(below.Size, LargestGuard))
            : null;
    }

    /// <summary>Makes the part that is to be grown into inaccessible. The thread is left where it was.</summary>
    private bool Close(Tracee thread, ulong start, ulong end)
    {
        if (!Ptrace.GetRegisters(thread.Tid, out var registers))
            return false;
        Span<SyscallRow> rows = [new SyscallRow(SyscallNumber.Mprotect, start, end - start)];
        bool done = injector.Run(thread, registers, rows) && !rows[0].Failed;
        _ = Injector.Restore(thread, registers);
        return done;
    }

    private static ManagedStack? MeasureOnly(int pid, GivenStack given, in VmEntry entry)
    {
        ulong end = VmPage.RoundUp(given.Top);
        ulong bound = Math.Max(entry.Start, given.Low != 0 ? VmPage.RoundDown(given.Low) : end - Math.Min(end, LargestMeasured));
        return PeakReader.UntouchedBelow(pid, bound, end - VmPage.Size) is { } start
            ? new ManagedStack(StackKind.Thread, 0, start, end, guard: 0) { Low = start, IsManaged = false }
            : null;
    }
}

/// <summary>The stack that clone(2) was told to give a thread.</summary>
/// <param name="Low">Its lowest address; 0 when the call does not say.</param>
/// <param name="Top">The address above it; 0 for none.</param>
internal readonly record struct GivenStack(ulong Low, ulong Top);
