// What all address maps of one kernel have in common: its release, its settings, and the swap it can promise.
using Growstack.Maps;

namespace Growstack.Processes;

/// <summary>The kernel that maps and processes belong to: its release, its sysctl(8) settings and its accounts of swap and wired pages.</summary>
/// <remarks>
/// Settings may be changed at any time and count from the next operation on. The accounts take no lock.
/// </remarks>
public sealed class VmSystem
{
    /// <summary>No limit.</summary>
    public const ulong Infinity = long.MaxValue;

    private readonly SwapAccount _swap = new();

    // Changed atomically only.
    private long _userWiredPages;
    private ulong _residentPages;

    private ulong _stackGrowthSize = 128 * 1024;
    private int _guardPages;

    /// <summary>A kernel of the given release, with its default settings.</summary>
    public VmSystem(VmRelease release = VmRelease.FreeBsd10)
    {
        Rules = VmReleaseRules.Of(release);
        Release = release;
        _guardPages = Rules.Stacks.DefaultGuardPages;
    }

    /// <summary>The release whose behaviour maps have.</summary>
    public VmRelease Release { get; }

    /// <summary>kern.sgrowsiz: the unit of stack growth, in bytes; 128 KiB at first. Growth is rounded up to a multiple of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero.</exception>
    public ulong StackGrowthSize
    {
        get => Volatile.Read(ref _stackGrowthSize);
        set
        {
            ArgumentOutOfRangeException.ThrowIfZero(value);
            Volatile.Write(ref _stackGrowthSize, value);
        }
    }

    /// <summary>
    /// security.bsd.stack_guard_page: pages kept free between a stack and what lies beyond its room; 0 at first in release 10, 1 in release 12. Release 12
    /// fixes the number for a stack when it is made; release 10 keeps at most one page, and decides at each growth.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int GuardPages
    {
        get => Volatile.Read(ref _guardPages);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _guardPages, value);
        }
    }

    /// <summary>kern.argmax: how large the strings of arguments and environment may be together, in bytes; 512 KiB at first. See execve(2).</summary>
    public ulong ArgMax { get; set; } = 512 * 1024;

    /// <summary>kern.maxssiz: how much address space is reserved for the stack of a new process image, in bytes; 512 MiB at first.</summary>
    public ulong MaxStackSize { get; set; } = 512 << 20;

    /// <summary>How much swap may be reserved in all, in bytes; <see cref="Infinity"/> at first.</summary>
    public ulong SwapLimit { get; set; } = Infinity;

    /// <summary>How much swap is reserved, in bytes. While other threads change maps it may be of no single moment.</summary>
    public ulong ReservedSwap => _swap.Reserved;

    /// <summary>vm.max_user_wired: how many pages users may wire in all (release 12).</summary>
    public ulong MaxUserWiredPages { get; set; } = Infinity;

    /// <summary>How many pages users have wired (release 12).</summary>
    public long UserWiredPages => Volatile.Read(ref _userWiredPages);

    /// <summary>How many pages of guest memory may exist in all; <see cref="Infinity"/> at first. An access that needs one more is answered <see cref="KernReturn.ResourceShortage"/>; copies of wired memory are made past it.</summary>
    public ulong PageLimit { get; set; } = Infinity;

    /// <summary>How many pages of guest memory exist; those of an address space until <see cref="VmSpace.Free"/>.</summary>
    public ulong ResidentPages => Volatile.Read(ref _residentPages);

    /// <summary>vm.old_mlock: growth of a process that wires its future mappings is not held against its MEMLOCK limit.</summary>
    public bool OldMlock { get; set; }

    /// <summary>vm.cluster_anon (release 12): anonymous mappings are placed side by side: 0 never, 1 if no address was asked for (the default), 2 always.</summary>
    public int ClusterAnonymous { get; set; } = 1;

    internal VmReleaseRules Rules { get; }

    /// <summary>The guard of a stack that a process maps now, in bytes; null: of a process without settings of its own.</summary>
    internal ulong GuardBytesFor(VmProcess? process) => process is { StackGapDisabled: true } ? 0 : (ulong)GuardPages * VmPage.Size;

    /// <summary>Reserves swap, if there is as much left.</summary>
    internal bool TryReserveSwap(ulong bytes) => TryReserveSwap(bytes, Environment.CurrentManagedThreadId);

    /// <summary>As <see cref="TryReserveSwap(ulong)"/>, for who knows which thread this is.</summary>
    internal bool TryReserveSwap(ulong bytes, int thread) => _swap.TryReserve(bytes, SwapLimit, thread);

    internal void ReleaseSwap(ulong bytes) => ReleaseSwap(bytes, Environment.CurrentManagedThreadId);

    /// <summary>As <see cref="ReleaseSwap(ulong)"/>, for who knows which thread this is.</summary>
    internal void ReleaseSwap(ulong bytes, int thread)
    {
        if (bytes > 0)
            _swap.Add(-(long)bytes, thread);
    }

    /// <summary>Reserves the swap that a forked address space counts on. If there is not enough, the space is freed again, as at a fork(2) that fails.</summary>
    /// <param name="child">The space that <see cref="VmSpace.Fork"/> made.</param>
    /// <param name="charge">What it said, in bytes.</param>
    /// <returns>Whether it was reserved.</returns>
    public bool TryReserveForked(VmSpace child, ulong charge)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (TryReserveSwap(charge))
            return true;
        // What freeing gives back must have been reserved, be it past the limit for this moment.
        _swap.Add((long)charge, Environment.CurrentManagedThreadId);
        child.Free();
        return false;
    }

    /// <summary>Counts pages that a user is about to wire, if the limit permits.</summary>
    internal bool TryCountUserWired(ulong pages)
    {
        while (true)
        {
            var wired = UserWiredPages;
            if ((Int128)wired + pages > MaxUserWiredPages)
                return false;
            if (Interlocked.CompareExchange(ref _userWiredPages, wired + (long)pages, wired) == wired)
                return true;
        }
    }

    /// <summary>Counts a page that is about to exist, if the limit permits.</summary>
    internal bool TryCountPage()
    {
        if (Interlocked.Increment(ref _residentPages) <= PageLimit)
            return true;
        UncountPages(1);
        return false;
    }

    /// <summary>Counts a page that must exist, be it past the limit.</summary>
    internal void CountPage() => Interlocked.Increment(ref _residentPages);

    internal void UncountPages(ulong pages) => Interlocked.Add(ref _residentPages, unchecked(0 - pages));

    internal void UncountUserWired(ulong pages) => Interlocked.Add(ref _userWiredPages, -(long)pages);
}
