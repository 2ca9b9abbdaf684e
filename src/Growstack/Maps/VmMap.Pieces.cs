// The pieces that stacks grow by; for the stacks' disciplines, which hold the lock.
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

public sealed partial class VmMap
{
    /// <summary>Inserts a piece of a stack that grows down at the upper end of its gap, which becomes so much shorter.</summary>
    /// <param name="gap">The gap.</param>
    /// <param name="start">Where the piece begins, inside the gap.</param>
    /// <param name="prot">The accesses permitted.</param>
    /// <param name="max">The accesses that may be permitted later.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal KernReturn InsertIntoGap(int gap, ulong start, VmProt prot, VmProt max)
    {
        var end = _index[gap].End;
        ref var entry = ref NewPiece(start, end, VmEntryFlags.GrowsDown, prot, max, out var piece);
        var answer = Admit(ref entry, VmMapFlags.StackGrowsDown, out _);
        if (answer == KernReturn.Success && _history is null)
        {
            _index.Split(gap, start, piece, above: true);
            _size += end - start;
            return answer;
        }
        // The kernel shortens the gap, looks at the place that is free then, and lengthens the gap again if nothing can be mapped there.
        MoveEnd(gap, start);
        _history?.LookUp(start);
        if (answer == KernReturn.Success)
        {
            Link(piece);
        }
        else
        {
            _index.Free(piece);
            MoveEnd(gap, end);
        }
        return answer;
    }

    /// <summary>Inserts a piece of a stack that grows down right below it, where there is room and nothing that it could touch.</summary>
    /// <param name="stack">The stack's lowest piece so far. It is marked as growing, so the new one, which is not, does not merge with it.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="piece">The new piece.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal KernReturn InsertBelow(int stack, ulong start, out int piece)
    {
        ref var above = ref _index[stack];
        ref var entry = ref NewPiece(start, above.Start, VmEntryFlags.None, above.Protection, above.MaxProtection, out piece);
        var answer = Admit(ref entry, VmMapFlags.None, out _);
        if (answer == KernReturn.Success)
        {
            _index.LinkBelow(piece, stack);
            _size += above.Start - start;
        }
        else
        {
            _index.Free(piece);
        }
        return answer;
    }

    private ref MapEntry NewPiece(ulong start, ulong end, VmEntryFlags flags, VmProt prot, VmProt max, out int piece)
    {
        ref var entry = ref _index.Allocate(out piece);
        entry.Start = start;
        entry.End = end;
        entry.Reserve = start;
        entry.Set(flags, prot, max, VmInherit.Copy);
        return ref entry;
    }

    /// <summary>Moves the boundary between a stack and the gap right above it upwards.</summary>
    internal void MoveBoundary(int stack, int gap, ulong address)
    {
        _size += address - _index[stack].End;
        _index.Resize(gap, address, _index[gap].End);
        _index.Resize(stack, _index[stack].Start, address);
    }

    /// <summary>Gets everything that a stack needs to grow up in place: its swap, its object, the physical map's consent.</summary>
    /// <returns>Null if it may grow; otherwise the answer.</returns>
    internal KernReturn? TryExtendStack(int id, ulong amount)
    {
        ref var stack = ref _index[id];
        var charged = IsCharged(stack) || stack.Object is { IsCharged: true };
        if (charged && !TryReserveSwap(amount))
            return KernReturn.NoSpace;
        var piece = stack with { Start = stack.End, End = stack.End + amount, Offset = stack.Offset + (stack.End - stack.Start) };
        var answer = EnterPhysical(piece);
        if (answer == KernReturn.Success)
        {
            if (stack.Object is not { } obj || obj.TryExtend(System, stack.Offset, stack.End - stack.Start, amount, charged))
                return null;
            _physical?.Remove(piece.Start, piece.End);
            answer = KernReturn.Failure;
        }
        if (charged)
            ReleaseSwap(amount);
        return answer;
    }
}
