// What a process's report keeps of one of its threads.
namespace Growstack.Linux.Tracing;

/// <summary>One thread but a process's first, and the stack it runs on. Touched by the tracer's thread only.</summary>
/// <param name="tid">The thread id.</param>
/// <param name="number">Which of its image's threads it is, in the order of their start.</param>
internal sealed class ThreadRecord(int tid, int number)
{
    /// <summary>Which of its image's threads it is, from 0.</summary>
    internal int Number { get; } = number;

    private StackReport? _final;
    private string _name = "";

    /// <summary>Whether its stack grows under the map.</summary>
    internal bool IsManaged { get; private set; }

    /// <summary>The stack while the thread runs, as far as it is known: later it may be another thread's.</summary>
    internal ManagedStack? Stack { get; private set; }

    /// <summary>The thread runs on a stack from now on.</summary>
    internal void Begin(ManagedStack stack)
    {
        stack.Begin(tid);
        Stack = stack;
        IsManaged = stack.IsManaged;
    }

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
    internal void Freeze()
    {
        _final = Report();
        if (Stack is not null)
            Stack.InUse = false;
        Stack = null;
    }

    internal StackReport? Report() => _final ?? Stack?.Report(_name, ulong.MaxValue);
}
