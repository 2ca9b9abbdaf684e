// Looks at the stacks of processes that run already: without tracing, stopping or slowing them.
namespace Growstack.Linux.Inspection;

/// <summary>
/// Reads the stacks of running processes from proc(5). Nothing is stopped or changed. Processes and threads may end, start and move at
/// any time: what vanished meanwhile is left out or reported, never thrown.
/// </summary>
/// <remarks>
/// Reading the address map and the touched pages takes the permission to read the process (its user, or CAP_SYS_PTRACE); stack pointers
/// and the C library's records take the permission to trace it, which Yama may restrict further. See ptrace(2).
/// </remarks>
public static class StackInspector
{
    /// <summary>Inspects one process.</summary>
    /// <param name="processId">Its id.</param>
    /// <returns>
    /// What could be found out. For a process that does not exist there are no threads, and <see cref="ProcessStacks.Unreadable"/> says
    /// <see cref="UnreadableCause.Vanished"/>.
    /// </returns>
    public static ProcessStacks Inspect(int processId) => new ProcessInspection(new ProcFs(), processId).Run();

    /// <summary>Finds the processes a name stands for: the file name they were executed from, or the kernel's short name.</summary>
    /// <param name="name">The name, without a directory.</param>
    /// <returns>Their ids in ascending order, without this process.</returns>
    public static IReadOnlyList<int> FindProcesses(string name) => ProcessFinder.ByName(new ProcFs(), name);

    /// <summary>All processes that have an address space, without this one.</summary>
    /// <returns>Their ids in ascending order.</returns>
    public static IReadOnlyList<int> ListProcesses() => ProcessFinder.All(new ProcFs());
}
