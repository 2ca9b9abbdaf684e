// Several observers of one run.
namespace Growstack.Linux.Observing;

/// <summary>Tells each of several observers, in their order, what it is told.</summary>
/// <param name="observers">The observers.</param>
public sealed class ObserverGroup(params IReadOnlyList<IRunObserver> observers) : IRunObserver
{
    /// <inheritdoc/>
    public void OnImageStarted(ProcessReport report)
    {
        foreach (var observer in observers)
            observer.OnImageStarted(report);
    }

    /// <inheritdoc/>
    public void OnImageEnded(ProcessReport report)
    {
        foreach (var observer in observers)
            observer.OnImageEnded(report);
    }

    /// <inheritdoc/>
    public void OnThreadStarted(int pid, int threadId, StackReport? stack)
    {
        foreach (var observer in observers)
            observer.OnThreadStarted(pid, threadId, stack);
    }

    /// <inheritdoc/>
    public void OnThreadEnded(int pid, int threadId, StackReport? stack)
    {
        foreach (var observer in observers)
            observer.OnThreadEnded(pid, threadId, stack);
    }

    /// <inheritdoc/>
    public void OnStackGrown(in StackGrowth growth, StoppedThread thread)
    {
        foreach (var observer in observers)
            observer.OnStackGrown(growth, thread);
    }

    /// <inheritdoc/>
    public void OnStackOverflow(StackOverflow overflow)
    {
        foreach (var observer in observers)
            observer.OnStackOverflow(overflow);
    }
}
