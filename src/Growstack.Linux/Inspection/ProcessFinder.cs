// From names to processes.
namespace Growstack.Linux.Inspection;

internal static class ProcessFinder
{
    /// <summary>The kernel keeps this many bytes of a name.</summary>
    private const int ShortNameLength = 15;

    public static List<int> ByName(ProcFs proc, string name) => name.Length == 0 ? [] : Others(proc, pid =>
    {
        if (ProcFs.ReadLink(proc.PathOf(pid, "exe"), out var file) == ProcError.None && Path.GetFileName(file) == name)
            return true;

        ProcFs.ReadText(proc.PathOf(pid, "comm"), out var comm);
        var shortName = comm.TrimEnd('\n');
        if (shortName == name)
            return true;

        // A name the kernel had to cut is in full on the command line.
        return shortName.Length == ShortNameLength && name.StartsWith(shortName, StringComparison.Ordinal)
            && Path.GetFileName(FirstArgument(proc, pid)) == name;
    });

    public static List<int> All(ProcFs proc) => Others(proc, pid =>
        ProcFs.ReadText(proc.PathOf(pid, "status"), out var status) == ProcError.None
        && !ThreadProbes.StatusField(status, "VmSize").IsEmpty);

    /// <summary>What a person calls a process.</summary>
    public static string NameOf(ProcFs proc, int pid)
    {
        const string Deleted = " (deleted)";
        if (ProcFs.ReadLink(proc.PathOf(pid, "exe"), out var file) == ProcError.None && file.Length > 0)
            return Path.GetFileName(file.EndsWith(Deleted, StringComparison.Ordinal) ? file[..^Deleted.Length] : file);

        ProcFs.ReadText(proc.PathOf(pid, "comm"), out var comm);
        return comm.TrimEnd('\n');
    }

    private static string FirstArgument(ProcFs proc, int pid)
    {
        ProcFs.ReadText(proc.PathOf(pid, "cmdline"), out var line);
        return line.Split('\0')[0];
    }

    private static List<int> Others(ProcFs proc, Func<int, bool> wanted)
    {
        proc.ListProcesses(out var ids);
        ids.RemoveAll(pid => pid == Environment.ProcessId || !wanted(pid));
        return ids;
    }
}
