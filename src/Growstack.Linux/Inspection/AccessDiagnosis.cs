// Turns "permission denied" into the permission that is missing.
using System.Globalization;
using System.Runtime.InteropServices;

namespace Growstack.Linux.Inspection;

/// <summary>Explains why something of a process could not be read: ptrace(2), "Ptrace access mode checking".</summary>
internal sealed partial class AccessDiagnosis(ProcFs proc, int pid)
{
    /// <summary>Explains one failure.</summary>
    /// <param name="fact">What was to be read.</param>
    /// <param name="error">How that failed.</param>
    /// <param name="needsAttach">Whether it takes the permission to trace rather than only to read; Yama restricts the former.</param>
    /// <param name="what">Words for what was to be read, in the plural.</param>
    public Unreadable Explain(StackFact fact, ProcError error, bool needsAttach, string what)
    {
        switch (error)
        {
            case ProcError.Gone:
                return new(fact, UnreadableCause.Vanished, null, string.Create(CultureInfo.InvariantCulture, $"{what}: process {pid} ended"));
            case not ProcError.Denied:
                return new(fact, UnreadableCause.Unsupported, null, $"{what}: this kernel does not offer them");
        }

        ProcFs.ReadText(proc.PathOf(pid, "status"), out var status);
        var ids = ThreadProbes.StatusField(status, "Uid").ToString().Split('\t');
        var me = EffectiveUserId();
        if (uint.TryParse(ids[0], NumberStyles.None, CultureInfo.InvariantCulture, out var owner) && ids.Any(id => id != ids[0] || owner != me))
            return new(fact, UnreadableCause.OtherUser, null, string.Create(CultureInfo.InvariantCulture,
                $"{what}: process {pid} belongs to user {owner}; run as that user, or with CAP_SYS_PTRACE (as root)"));

        if (needsAttach && ProcFs.ReadText(proc.PathOf("sys/kernel/yama/ptrace_scope"), out var scope) == ProcError.None && scope.Trim() is not "0")
            return new(fact, UnreadableCause.PtraceScope, null,
                $"{what}: kernel.yama.ptrace_scope is {scope.Trim()}, which keeps them from other programs; run with CAP_SYS_PTRACE (as root), or set it to 0");

        return new(fact, UnreadableCause.NotDumpable, null, string.Create(CultureInfo.InvariantCulture,
            $"{what}: process {pid} is protected (setuid, capabilities, or not dumpable); run with CAP_SYS_PTRACE (as root)"));
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUserId();
}
