// A memory object: what backs mappings, and what keeps them apart or lets them merge.
using Growstack.Processes;

namespace Growstack.Maps;

/// <summary>What kind of memory an object holds.</summary>
public enum VmObjectKind
{
    /// <summary>Anonymous memory, backed by swap (OBJT_DEFAULT, OBJT_SWAP).</summary>
    Anonymous,

    /// <summary>The pages of a file (OBJT_VNODE).</summary>
    Vnode,
}

/// <summary>A memory object, <c>vm_object</c>: what backs a mapping. Neighbouring entries merge only over the same object, at offsets that follow each other.</summary>
/// <remarks>
/// Objects are shared between maps, so each has a lock of its own, the innermost one: process lock, map lock, object lock. It guards all fields that change.
/// Whoever makes an object holds the first reference; every entry that maps it, and every object that shadows it, holds one more.
/// </remarks>
public sealed class VmObject
{
    private readonly Lock _lock = new();

    // Guarded by _lock. The charge is swap reserved for the object's pages, in bytes; it can be zero although the object is charged.
    private int _references = 1;
    private ulong _charge;
    private bool _charged;
    private bool _oneMapping;
    private readonly VmObject? _backing;

    /// <summary>Makes an object, held by the caller.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="pages">Its size in pages.</param>
    /// <param name="number">The caller's name for it; zero if it needs none.</param>
    public VmObject(VmObjectKind kind, ulong pages, ulong number = 0)
    {
        Kind = kind;
        Pages = pages;
        Number = number;
        // Only anonymous memory knows for sure that nobody else has its pages.
        _oneMapping = kind == VmObjectKind.Anonymous;
    }

    private VmObject(VmObject? backing, ulong pages)
        : this(VmObjectKind.Anonymous, pages) => _backing = backing;

    /// <summary>What the object holds.</summary>
    public VmObjectKind Kind { get; }

    /// <summary>The number its maker gave it; zero for one that a map made by itself.</summary>
    public ulong Number { get; }

    /// <summary>The object's size in pages.</summary>
    public ulong Pages { get; private set; }

    /// <summary>How many hold the object: its maker, each entry that maps it, each object that shadows it.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Whether swap is reserved for the object as a whole, instead of for each entry.</summary>
    internal bool IsCharged => Volatile.Read(ref _charged);

    /// <summary>An object for an anonymous entry that needs one now.</summary>
    internal static VmObject ForEntry(ulong bytes) => new(null, VmPage.Count(bytes));

    internal void Reference()
    {
        lock (_lock)
            _references++;
    }

    /// <summary>Another entry maps the object: nobody can know any longer that a page has one mapping only.</summary>
    internal void NoteSharing()
    {
        lock (_lock)
        {
            if (_references > 1)
                _oneMapping = false;
        }
    }

    internal void ClearOneMapping()
    {
        lock (_lock)
            _oneMapping = false;
    }

    /// <summary>Lets go of the object; the last one gives its swap back.</summary>
    internal void Release(VmSystem system)
    {
        lock (_lock)
        {
            if (--_references > 0)
                return;
            if (_charged)
                system.ReleaseSwap(_charge);
            _charged = false;
            _charge = 0;
        }
        _backing?.Release(system);
    }

    /// <summary>The reservation that an entry held becomes the object's.</summary>
    internal void TakeCharge(ulong bytes)
    {
        lock (_lock)
        {
            _charged = true;
            _charge = bytes;
        }
    }

    /// <summary>Reserves swap for the whole of an anonymous object that had none.</summary>
    /// <returns>Whether there was enough.</returns>
    internal bool TryChargeWhole(VmSystem system)
    {
        lock (_lock)
        {
            if (Kind != VmObjectKind.Anonymous)
                return true;
            if (!system.TryReserveSwap(Pages * VmPage.Size))
                return false;
            _charged = true;
            _charge = Pages * VmPage.Size;
            return true;
        }
    }

    /// <summary>Extends the object past the end of an entry, vm_object_coalesce: anonymous memory that nobody else can see there.</summary>
    /// <param name="system">Where swap is reserved.</param>
    /// <param name="offset">The entry's offset, in bytes.</param>
    /// <param name="size">The entry's size, in bytes.</param>
    /// <param name="more">How much is added, in bytes.</param>
    /// <param name="reserved">Whether the caller has reserved the swap for it.</param>
    internal bool TryExtend(VmSystem system, ulong offset, ulong size, ulong more, bool reserved)
    {
        lock (_lock)
        {
            if (Kind != VmObjectKind.Anonymous || _backing is not null)
                return false;
            var added = more / VmPage.Size;
            var next = (offset / VmPage.Size) + (size / VmPage.Size);
            if (_references > 1 && Pages != next)
                return false;
            if (_charged)
            {
                if (!reserved && !system.TryReserveSwap(added * VmPage.Size))
                    return false;
                _charge += added * VmPage.Size;
                if (next < Pages)
                {
                    _charge -= (Pages - next) * VmPage.Size;
                    system.ReleaseSwap((Pages - next) * VmPage.Size);
                }
            }
            Pages = Math.Max(Pages, next + added);
            return true;
        }
    }

    /// <summary>Whether a private copy of the object would be the object itself: anonymous, and held by one.</summary>
    internal bool IsPrivate
    {
        get
        {
            lock (_lock)
                return _references == 1 && Kind == VmObjectKind.Anonymous;
        }
    }

    /// <summary>A new object in front of this one; the caller's reference moves to the new object.</summary>
    internal static VmObject Shadow(VmObject? source, ulong bytes) => new(source, VmPage.Count(bytes));

    /// <summary>At fork, pages that only one entry can see move to an object of its own.</summary>
    /// <returns>The new object, or null if the entry keeps this one.</returns>
    internal VmObject? TrySplit(ulong bytes)
    {
        lock (_lock)
        {
            if (!_oneMapping || _references <= 1)
                return null;
            _backing?.Reference();
            var split = new VmObject(_backing, VmPage.Count(bytes));
            if (_charged)
            {
                split._charged = true;
                split._charge = VmPage.Count(bytes) * VmPage.Size;
                _charge -= Math.Min(_charge, split._charge);
            }
            return split;
        }
    }

    /// <summary>An entry lets a part of the object go: pages at the end that nobody else can see are forgotten.</summary>
    internal void Trim(VmSystem system, ulong offset, ulong bytes)
    {
        lock (_lock)
        {
            var first = offset / VmPage.Size;
            if (_references == 1 || !_oneMapping || first + VmPage.Count(bytes) < Pages || first >= Pages)
                return;
            if (_charged)
            {
                var dropped = (Pages - first) * VmPage.Size;
                _charge -= dropped;
                system.ReleaseSwap(dropped);
            }
            Pages = first;
        }
    }
}
