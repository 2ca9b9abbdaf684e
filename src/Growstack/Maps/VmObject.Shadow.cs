// Private copies: chains of objects that shadow one another.
using Growstack.Processes;

namespace Growstack.Maps;

public sealed partial class VmObject
{
    /// <summary>Whether the object shadows another one.</summary>
    internal bool HasBacking
    {
        get { lock (Gate) return _backing is not null; }
    }

    /// <summary>vm_object_shadow: a new object in front of one, whose reference passes from the caller to it; the caller holds the new one.</summary>
    /// <param name="source">The object; null: there is nothing behind the new one.</param>
    /// <param name="offset">Where the new object begins in it, in bytes.</param>
    /// <param name="bytes">The new object's size.</param>
    /// <returns>The new object, or <paramref name="source"/> itself if it is anonymous and nobody else holds it.</returns>
    internal static VmObject Shadow(VmObject? source, ulong offset, ulong bytes)
    {
        lock (Gate)
        {
            if (source is { _references: 1, Kind: VmObjectKind.Anonymous })
                return source;
            var shadow = ForEntry(bytes);
            if (source is not null)
            {
                shadow.JoinBacking(source, offset);
                source._oneMapping = false;
            }
            return shadow;
        }
    }

    /// <summary>
    /// At fork, memory that an entry is about to share: what it shadows needlessly is left out of the chain, and pages that only this entry can see move to
    /// an object of its own, vm_object_split. Then one reference more is taken.
    /// </summary>
    /// <param name="system">Where swap is reserved.</param>
    /// <param name="offset">The entry's offset, in bytes.</param>
    /// <param name="bytes">The entry's size.</param>
    /// <returns>The object that the entry maps from now on, at offset zero if it is another one.</returns>
    internal VmObject ShareForCopy(VmSystem system, ulong offset, ulong bytes)
    {
        lock (Gate)
        {
            var shared = this;
            if (Kind == VmObjectKind.Anonymous)
            {
                CollapseLocked(system);
                if (_oneMapping && _references > 1)
                    shared = Split(system, offset, bytes);
            }
            shared._references++;
            shared._oneMapping = false;
            return shared;
        }
    }

    private VmObject Split(VmSystem system, ulong offset, ulong bytes)
    {
        var split = ForEntry(bytes);
        if (_backing is not null)
        {
            _backing._references++;
            _backing._oneMapping = false;
            split.JoinBacking(_backing, _backingOffset + offset);
        }
        if (_charged)
        {
            split._charged = true;
            split._charge = split.Pages * VmPage.Size;
            _charge -= split._charge;
        }
        split.MovePages(this, offset / VmPage.Size);
        ReleaseLocked(system);
        return split;
    }

    /// <summary>
    /// vm_object_collapse: leaves out of the chain the anonymous objects that this one shadows, as long as nothing to be seen through this one is lost: the pages
    /// of one that nobody else holds move here, and any other must have none that this one lacks.
    /// </summary>
    private void CollapseLocked(VmSystem system)
    {
        while (_backing is { Kind: VmObjectKind.Anonymous } skipped && TryTakePages(system, skipped))
        {
            var (next, offset) = (skipped._backing, _backingOffset + skipped._backingOffset);
            if (next is not null)
                next._references++;
            LeaveBacking();
            if (next is not null)
                JoinBacking(next, offset);
            skipped.DropShadowReference(system);
        }
    }

    /// <summary>The reference of a shadow that has left ends; if it was the last, so does the object.</summary>
    private void DropShadowReference(VmSystem system)
    {
        if (--_references > 0)
            return;
        ReleaseCharge(system);
        DropPages(system, 0, ulong.MaxValue);
        var backing = _backing;
        LeaveBacking();
        backing?.ReleaseLocked(system);
    }

    private void JoinBacking(VmObject backing, ulong offset)
    {
        _backing = backing;
        _backingOffset = offset;
        _nextShadow = backing._firstShadow;
        backing._firstShadow = this;
    }

    private void LeaveBacking()
    {
        if (_backing is not { } backing)
            return;
        ref var link = ref backing._firstShadow;
        while (link != this)
            link = ref link!._nextShadow;
        link = _nextShadow;
        _nextShadow = null;
        _backing = null;
        _backingOffset = 0;
    }
}
