// The address map: what it is, what guards it, and what it tells of itself.
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Maps;

/// <summary>
/// An address map, <c>struct vm_map</c>: which ranges of an address space are mapped, how, and to what. See vm_map(9). Operations answer as the kernel's do;
/// arguments that would make the kernel panic are an <see cref="ArgumentException"/>, an operation that would sleep for ever or that the release forbids at
/// that moment an <see cref="InvalidOperationException"/>, and both leave the map as it is.
/// </summary>
/// <remarks>
/// All operations may be called from any thread. One lock a map guards its entries, its size and its counters: operations hold it from their first look at
/// an entry to their last change; look-ups of single entries (<see cref="TryLookup"/>, <see cref="TryLookupRange"/>, <see cref="LookupEntry"/>) take none. Order: the map's lock, then an object's. Ranges are half-open, sizes are bytes; addresses need not be aligned.
/// </remarks>
public sealed partial class VmMap
{
    private readonly BiasedLock _lock = new();
    private readonly EntryIndex _index;
    private readonly VmReleaseRules _rules;

    // Guarded by _lock: entries (the index), the bytes mapped, where the next anonymous mapping goes, the wired pages.
    private ulong _size;
    private ulong _anonymousHint;
    private WiredPages _wired;
    private bool _wireFuture;

    // Whether the system has ever wired anything here: if not, nothing needs to be looked through for it.
    private bool _systemWires;
    private bool _anonymousObjects = true;
    private SearchHistory? _history;

    // Null: nobody, which is cheaper than asking one who does nothing.
    private IPhysicalMap? _physical;

    /// <summary>An empty map.</summary>
    /// <param name="system">The kernel it belongs to.</param>
    /// <param name="min">The lowest address.</param>
    /// <param name="max">The first address past the highest.</param>
    /// <exception cref="ArgumentException"><paramref name="min"/> is not below <paramref name="max"/>.</exception>
    public VmMap(VmSystem system, ulong min, ulong max)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (min >= max)
            throw new ArgumentException("The map would be empty.", nameof(max));
        System = system;
        Min = min;
        Max = max;
        _rules = system.Rules;
        _index = new EntryIndex(min, _rules.Stacks.MayPassMapEnd ? ulong.MaxValue : max);
    }

    /// <summary>A map for a child: the same entries, to be mended by the fork.</summary>
    private VmMap(VmMap parent)
    {
        (System, Min, Max, _rules) = (parent.System, parent.Min, parent.Max, parent._rules);
        _index = new EntryIndex(parent._index);
        _anonymousHint = parent._anonymousHint;
        _anonymousObjects = parent._anonymousObjects;
        _history = parent._history is null ? null : new SearchHistory(_index);
    }

    /// <summary>The kernel the map belongs to.</summary>
    public VmSystem System { get; }

    /// <summary>The lowest address.</summary>
    public ulong Min { get; }

    /// <summary>The first address past the highest.</summary>
    public ulong Max { get; }

    /// <summary>How many bytes are mapped. Release 12 counts neither guards nor gaps.</summary>
    public ulong Size => Volatile.Read(ref _size);

    /// <summary>How many entries there are.</summary>
    public int EntryCount
    {
        get { using (_lock.Hold()) return _index.Count; }
    }

    /// <summary>How many pages are wired, pmap_wired_count(9).</summary>
    public ulong WiredPageCount
    {
        get { using (_lock.Hold()) return _wired.Pages; }
    }

    /// <summary>Where the next anonymous mapping without a wish is placed (release 12); zero: nowhere special.</summary>
    public ulong AnonymousHint => Volatile.Read(ref _anonymousHint);

    /// <summary>MAP_WIREFUTURE, see mlockall(2): what stacks grow by is wired.</summary>
    public bool WireFuture
    {
        get { using (_lock.Hold()) return _wireFuture; }
        set { using (_lock.Hold()) _wireFuture = value; }
    }

    /// <summary>
    /// Whether anonymous entries get a memory object when they are split or first touched, as in the kernel's maps of processes (the default). Without, they
    /// stay mergeable with their neighbours, as in the kernel's own maps. A child's map does as its parent's.
    /// </summary>
    public bool AnonymousObjects
    {
        get { using (_lock.Hold()) return _anonymousObjects; }
        set { using (_lock.Hold()) _anonymousObjects = value; }
    }

    /// <summary>
    /// Whether searches for room are to be answered to the letter as release 12 answers them. It overlooks the room behind the last entry now and then,
    /// depending on what was looked up before; an application is better off with the first room that there is (the default). Makes look-ups slower, and no
    /// difference in release 10. To be set before the first mapping; a child's map does as its parent's.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map is not empty.</exception>
    public bool OverlooksRoom
    {
        get { using (_lock.Hold()) return _history is not null; }
        set
        {
            using (_lock.Hold())
            {
                if (_index.Count > 0)
                    throw new InvalidOperationException("The map has entries already.");
                _history = value && _rules.OverlooksRoom ? new SearchHistory(_index) : null;
            }
        }
    }

    /// <summary>Who carries out what the map decides; at first nobody. To be set before the first mapping.</summary>
    public IPhysicalMap Physical
    {
        get { using (_lock.Hold()) return _physical ?? NullPhysicalMap.Instance; }
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            using (_lock.Hold())
                _physical = value is NullPhysicalMap ? null : value;
        }
    }

    /// <summary>All entries in address order, as they are now.</summary>
    public IReadOnlyList<VmEntry> Entries
    {
        get
        {
            using (_lock.Hold())
            {
                var entries = new VmEntry[_index.Count];
                var count = 0;
                foreach (var id in _index.InOrder())
                    entries[count++] = Snapshot(id);
                return entries;
            }
        }
    }

    /// <summary>
    /// The entries in address order, one by one. Each step looks the next entry up anew: what other threads change meanwhile is seen or not, but no entry
    /// is ever reported twice or torn.
    /// </summary>
    public IEnumerable<VmEntry> EnumerateEntries()
    {
        var from = Min;
        while (TryNext(from, out var entry))
        {
            yield return entry;
            from = entry.End;
        }
    }

    private bool TryNext(ulong from, out VmEntry entry)
    {
        using (_lock.Hold())
        {
            if (!_index.Lookup(from, out var id))
                id = _index.Next(id);
            entry = id == EntryIndex.Header ? default : Snapshot(id);
            return id != EntryIndex.Header;
        }
    }

    /// <summary>The entries; for the stacks' disciplines, which hold the lock.</summary>
    internal EntryIndex Index => _index;

    /// <summary>VM_MAP_RANGE_CHECK: the range is cut to the map; a reversed one becomes empty at its end.</summary>
    private void Clamp(ref ulong start, ref ulong end)
    {
        if (start < Min)
            start = Min;
        if (end > Max)
            end = Max;
        if (start > end)
            start = end;
    }
}
