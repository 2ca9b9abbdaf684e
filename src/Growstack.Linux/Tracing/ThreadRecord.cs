// What a process's report keeps of one of its threads.
namespace Growstack.Linux.Tracing;

/// <summary>One thread but a process's first, and the stack it runs on. Touched by the tracer's thread only.</summary>
/// <param name="tid">The thread id.</param>
/// <param name="stack">Its stack, or null when it was not recognised.</param>
internal sealed class ThreadRecord(int tid, ManagedStack? stack)
{
    private StackReport? _final;
    private string _name = "";

    internal bool IsManaged { get; } = stack is not null;

    /// <summary>The stack while the thread runs: later it may be another thread's.</summary>
    internal ManagedStack? Stack { get; private set; } = stack;

    /// <summary>Takes name and figures while they can be had.</summary>
    internal void Measure(int pid)
    {
        if (Stack is null)
            return;
        Stack.Measure(pid);
        if (ProcessNames.OfThread(pid, tid) is { Length: > 0 } name && name != _name)
            _name = name;
    }

    /// <summary>The thread ends: its figures stay as they are.</summary>
    internal void Freeze(int pid)
    {
        Measure(pid);
        _final = Report();
        Stack = null;
    }

    internal StackReport? Report() => _final ?? Stack?.Report(_name, ulong.MaxValue);
}
