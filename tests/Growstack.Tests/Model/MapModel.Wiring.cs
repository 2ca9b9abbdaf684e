// The model's wiring: mark all entries first, then finish or undo.
using Growstack.Maps;

namespace Growstack.Tests.Model;

internal sealed partial class MapModel
{
    /// <summary>Whether the kernel would sleep for ever: it waits for somebody to unwire the range.</summary>
    internal bool IsSystemWired(ulong start, ulong end) => start < end && Entries.Exists(e => e.Start < end && start < e.End && e.IsSystemWired);

    /// <summary>Whether wiring the range would make a private copy of a file, which the model cannot.</summary>
    internal bool WouldCopy(ulong start, ulong end) =>
        Between(start, end).Exists(static e => e.Has(VmEntryFlags.NeedsCopy) && (e.Prot & VmProt.Write) != 0);

    internal KernReturn Wire(ulong start, ulong end, bool user, bool holesOk)
    {
        var readable = VmProt.Read | VmProt.Execute;
        return Transit(start, end, holesOk, e => (e.Prot & readable) != 0 || holesOk ? KernReturn.Success : KernReturn.InvalidAddress, (e, succeeded) =>
        {
            if (!succeeded || (e.Prot & readable) == 0)
                return;
            if (!user || !e.Has(VmEntryFlags.UserWired))
                e.Wired++;
            if (user)
                e.Flags |= VmEntryFlags.UserWired;
        });
    }

    internal KernReturn Unwire(ulong start, ulong end, bool user, bool holesOk) =>
        Transit(start, end, holesOk, e => user || e.IsSystemWired ? KernReturn.Success : KernReturn.InvalidArgument, (e, succeeded) =>
        {
            if (!succeeded || (user && !e.Has(VmEntryFlags.UserWired)))
                return;
            e.Wired--;
            if (user)
                e.Flags &= ~VmEntryFlags.UserWired;
        });

    /// <summary>Cuts and marks the entries of a range up to the first that is refused, then finishes with those and lets them merge.</summary>
    private KernReturn Transit(ulong start, ulong end, bool holesOk, Func<ModelEntry, KernReturn> admit, Action<ModelEntry, bool> finish)
    {
        if (start == end)
            return KernReturn.Success;
        Clamp(ref start, ref end);
        if (At(start) is null && !holesOk)
            return KernReturn.InvalidAddress;
        var answer = KernReturn.Success;
        List<ModelEntry> marked = [];
        ClipAt(start);
        for (var next = Entries.Find(e => e.End > start); answer == KernReturn.Success && next is not null && next.Start < end; next = Entries.Find(e => e.Start >= next.End))
        {
            ClipEnd(next, end);
            next.Flags |= VmEntryFlags.InTransition;
            marked.Add(next);
            var holeBehind = next.End < end && At(next.End) is null;
            answer = holeBehind && !holesOk ? KernReturn.InvalidAddress : admit(next);
        }
        foreach (var entry in marked)
        {
            if (!Entries.Contains(entry))
                continue;
            finish(entry, answer == KernReturn.Success);
            entry.Flags &= ~VmEntryFlags.InTransition;
            Simplify(entry);
        }
        return answer;
    }

    /// <summary>What becomes writable while the user has it wired is private from then on.</summary>
    private static void CopyWired(ModelEntry entry)
    {
        if (entry.Has(VmEntryFlags.NeedsCopy))
            (entry.Object, entry.Offset) = (null, 0);
        entry.Flags &= ~(VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy);
    }
}
