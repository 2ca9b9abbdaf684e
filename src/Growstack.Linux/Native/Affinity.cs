// The processors a thread may run on.
namespace Growstack.Linux.Native;

/// <summary>A set of processors as sched_setaffinity(2) takes it: up to 1024 of them.</summary>
[System.Runtime.CompilerServices.InlineArray(Words)]
internal struct ProcessorSet
{
    private const int Words = 16;
    private ulong _first;

    internal static ProcessorSet Of(int processor)
    {
        ProcessorSet set = default;
        set[processor / 64] = 1UL << (processor % 64);
        return set;
    }

    internal readonly bool Contains(int processor) => processor < Words * 64 && (this[processor / 64] & (1UL << (processor % 64))) != 0;

    internal readonly bool Equals(in ProcessorSet other) => ((ReadOnlySpan<ulong>)this).SequenceEqual(other);
}

/// <summary>sched_getaffinity(2), sched_setaffinity(2), sched_getcpu(3). A thread id of 0 is the caller.</summary>
internal static unsafe class Affinity
{
    internal static bool TryGet(int tid, out ProcessorSet set)
    {
        ProcessorSet read = default;
        bool ok = Libc.Syscall(SyscallNumber.SchedGetaffinity, tid, sizeof(ProcessorSet), (nint)(&read)) > 0;
        set = read;
        return ok;
    }

    internal static bool TrySet(int tid, in ProcessorSet set)
    {
        fixed (ProcessorSet* at = &set)
            return Libc.Syscall(SyscallNumber.SchedSetaffinity, tid, sizeof(ProcessorSet), (nint)at) == 0;
    }

    /// <summary>The processor the caller runs on.</summary>
    internal static int Current => Libc.SchedGetCpu();
}
