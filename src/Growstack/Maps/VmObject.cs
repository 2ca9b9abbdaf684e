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

/// <summary>
/// A memory object, <c>vm_object</c>: what backs a mapping. Neighbouring entries merge only over the same object, at offsets that follow each other. A
/// private copy is an object that shadows the original: it holds what was written, the original all the rest.
/// </summary>
/// <remarks>
/// Objects and their chains of shadows are shared between maps. One lock guards what changes in all of them; it is the innermost: map lock, then
/// object lock. Whoever makes an object holds the first reference; every entry that maps it, and every object that shadows it, holds one more.
/// </remarks>
public sealed partial class VmObject
{
    private static readonly Lock Gate = new();

    // Guarded by Gate. The charge is swap reserved for the object's pages, in bytes; it can be zero although the object is charged.
    private int _references = 1;
    private ulong _charge;
    private bool _charged;
    private bool _oneMapping;
    private VmObject? _backing;
    private ulong _backingOffset;

    // Those that shadow this object: a list through them.
    private VmObject? _firstShadow;
    private VmObject? _nextShadow;

    /// <summary>Makes an object, held by the caller until it calls <see cref="Deallocate"/>.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="pages">Its size in pages.</param>
    /// <param name="number">The caller's name for it; zero if it needs none.</param>
    public VmObject(VmObjectKind kind, ulong pages, ulong number = 0)
    {
        Kind = kind;
        Pages = pages;
        Number = number;
        // Only of anonymous memory can it be known that no page has a second mapping.
        _oneMapping = kind == VmObjectKind.Anonymous;
    }

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

    /// <summary>Where the memory at an offset comes from as long as it has not been written: the numbered object that this one is, or shadows.</summary>
    /// <param name="offset">The offset in this object, in bytes.</param>
    /// <param name="originOffset">The offset in that one, in bytes.</param>
    /// <returns>Null if no numbered object is behind this one.</returns>
    public VmObject? Origin(ulong offset, out ulong originOffset)
    {
        lock (Gate)
        {
            originOffset = offset;
            var origin = this;
            while (origin is { Number: 0 })
            {
                originOffset += origin._backingOffset;
                origin = origin._backing;
            }
            return origin;
        }
    }

    /// <summary>An object for an anonymous entry that needs one now.</summary>
    internal static VmObject ForEntry(ulong bytes) => new(VmObjectKind.Anonymous, VmPage.Count(bytes));

    internal void Reference()
    {
        lock (Gate)
            _references++;
    }

    /// <summary>Another entry is to map the object: if it is not the only one, a page may have two mappings.</summary>
    internal void ReferenceForMapping()
    {
        lock (Gate)
        {
            _references++;
            if (_references > 1 || _firstShadow is not null)
                _oneMapping = false;
        }
    }

    internal void ClearOneMapping()
    {
        lock (Gate)
            _oneMapping = false;
    }

    /// <summary>Lets go of the object; the last one gives its swap back, and lets go of what it shadows.</summary>
    internal void Release(VmSystem system)
    {
        lock (Gate)
            ReleaseLocked(system);
    }

    /// <summary>vm_object_deallocate: its maker lets go of the object. Its pages stay as long as it is mapped anywhere.</summary>
    /// <param name="system">The kernel in whose maps it was mapped.</param>
    public void Deallocate(VmSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        Release(system);
    }

    /// <summary>An entry lets a part of the object go: pages at the end that nobody else can see are forgotten.</summary>
    internal void Trim(VmSystem system, ulong offset, ulong bytes)
    {
        lock (Gate)
        {
            if (_references == 1 || !_oneMapping)
                return;
            CollapseLocked(system);
            var first = offset / VmPage.Size;
            DropPages(system, first, VmPage.Count(bytes));
            if (first + VmPage.Count(bytes) < Pages || first >= Pages)
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

    private void ReleaseLocked(VmSystem system)
    {
        for (var obj = this; obj is not null;)
        {
            if (--obj._references > 1)
                return;
            if (obj._references == 1)
            {
                if (obj.Kind != VmObjectKind.Anonymous)
                    return;
                // The reference that is left is an entry's, whose pages are mapped once then; or it is a shadow's, which can take the object's place.
                if (obj._firstShadow is not { } shadow)
                {
                    obj._oneMapping = true;
                    return;
                }
                if (shadow._nextShadow is not null)
                    return;
                shadow._references++;
                shadow.CollapseLocked(system);
                obj = shadow;
                continue;
            }
            obj.ReleaseCharge(system);
            obj.DropPages(system, 0, ulong.MaxValue);
            var backing = obj._backing;
            obj.LeaveBacking();
            obj = backing;
        }
    }

    private void ReleaseCharge(VmSystem system)
    {
        if (_charged)
            system.ReleaseSwap(_charge);
        _charged = false;
        _charge = 0;
    }
}
