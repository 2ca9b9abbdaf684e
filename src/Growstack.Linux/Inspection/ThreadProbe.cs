// What the kernel tells about one thread without stopping it.
using System.Globalization;
using System.Runtime.InteropServices;

namespace Growstack.Linux.Inspection;

/// <summary>One thread as it was seen.</summary>
/// <param name="ThreadId">Its id in this process's view.</param>
/// <param name="OwnId">Its id as the thread itself sees it, which differs inside a container.</param>
/// <param name="Name">Its name.</param>
/// <param name="StackPointer">Where its stack pointer stood, if it waited and may be read.</param>
/// <param name="StackPointerError">Why the stack pointer is missing; <see cref="ProcError.None"/> also while it runs.</param>
/// <param name="IsRunning">It was on a CPU.</param>
/// <param name="RobustList">The head of its robust futex list, which C libraries keep in the thread's descriptor; 0 if it has none.</param>
internal readonly record struct ThreadProbe(
    int ThreadId, int OwnId, string Name, ulong? StackPointer, ProcError StackPointerError, bool IsRunning, ulong RobustList);

/// <summary>Probes threads.</summary>
internal static partial class ThreadProbes
{
    private const long GetRobustListX64 = 274;
    private const long GetRobustListArm64 = 100;
    private const int StatStackPointer = 29;

    /// <summary>Probes every thread of a process that is still there.</summary>
    /// <param name="proc">The proc file system.</param>
    /// <param name="pid">The process.</param>
    /// <param name="inContainer">Whether the process sees other thread ids than this one.</param>
    public static List<ThreadProbe> ReadAll(ProcFs proc, int pid, bool inContainer)
    {
        var probes = new List<ThreadProbe>();
        ProcFs.ListIds(proc.PathOf(pid, "task"), out var ids);
        foreach (var tid in ids)
        {
            if (ProcFs.ReadText(proc.PathOf(pid, tid, "comm"), out var name) != ProcError.None)
                continue;

            var error = ReadStackPointer(proc, pid, tid, out var stackPointer, out var running);
            if (error == ProcError.Gone)
                continue;

            var ownId = inContainer ? InnermostId(proc, pid, tid) : tid;
            probes.Add(new ThreadProbe(tid, ownId, name.TrimEnd('\n'), stackPointer, error, running, proc.IsLive ? RobustListOf(tid) : 0));
        }

        return probes;
    }

    /// <summary>The value of a line <c>Key: value</c> of a status file, or empty.</summary>
    public static ReadOnlySpan<char> StatusField(string status, ReadOnlySpan<char> key)
    {
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(key) && line.Length > key.Length && line[key.Length] == ':')
                return line[(key.Length + 1)..].Trim();
        }

        return [];
    }

    /// <summary>A field of proc_pid_stat(5), counted from 1, that is a number; 0 without the permission to see it.</summary>
    public static ulong StatField(ProcFs proc, int pid, int tid, int field)
    {
        if (ProcFs.ReadText(proc.PathOf(pid, tid, "stat"), out var text) != ProcError.None)
            return 0;

        // The second field, the name, is in parentheses and may itself contain spaces and parentheses.
        const int FirstAfterName = 3;
        var index = FirstAfterName;
        var rest = text.AsSpan(text.LastIndexOf(')') + 1).Trim();
        foreach (var range in rest.Split(' '))
        {
            if (index++ == field)
                return ulong.TryParse(rest[range], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }

        return 0;
    }

    private static int InnermostId(ProcFs proc, int pid, int tid)
    {
        ProcFs.ReadText(proc.PathOf(pid, tid, "status"), out var status);
        var ids = StatusField(status, "NSpid");
        return int.TryParse(ids[(ids.LastIndexOf('\t') + 1)..], out var own) ? own : tid;
    }

    // "running", or "-1 sp pc", or "number six-arguments sp pc": proc_pid_syscall(5).
    private static ProcError ReadStackPointer(ProcFs proc, int pid, int tid, out ulong? stackPointer, out bool running)
    {
        stackPointer = null;
        var error = ProcFs.ReadText(proc.PathOf(pid, tid, "syscall"), out var text);
        running = text.StartsWith("running", StringComparison.Ordinal);
        if (error is ProcError.Denied or ProcError.Unsupported)
        {
            // Shown there only while a process dumps core or exits.
            stackPointer = StatField(proc, pid, tid, StatStackPointer) is > 0 and var last ? last : null;
            return stackPointer is null ? error : ProcError.None;
        }

        var words = text.AsSpan().Trim();
        var beforePc = words.LastIndexOf(' ');
        if (running || beforePc < 0)
            return error;

        var sp = words[..beforePc];
        sp = sp[(sp.LastIndexOf(' ') + 1)..];
        if (sp.StartsWith("0x") && ulong.TryParse(sp[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value != 0)
            stackPointer = value;
        return error;
    }

    // Unlike registers and memory this asks only for the permission to read, and answers for a running thread too: get_robust_list(2).
    private static ulong RobustListOf(int tid)
    {
        var number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => GetRobustListX64,
            Architecture.Arm64 => GetRobustListArm64,
            _ => -1,
        };
        return number >= 0 && GetRobustList(number, tid, out var head, out _) == 0 ? head : 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long GetRobustList(long number, int tid, out ulong head, out nuint length);
}
