// What an embedder can watch while a run goes on.
namespace Growstack.Linux;

/// <summary>
/// Told of what happens during a run. Every member is called on the tracer's thread while the process it speaks of stands still: return quickly.
/// An exception ends the run as <see cref="RunStatus.Failed"/>. Every member does nothing by default.
/// </summary>
public interface IRunObserver
{
    /// <summary>A process image started: by fork or, after its exec succeeded and before its first instruction, as a new program.</summary>
    /// <param name="report">What is known so far: pid, parent, command, main stack.</param>
    void OnImageStarted(ProcessReport report)
    {
    }

    /// <summary>A process image ended.</summary>
    /// <param name="report">The image's final report.</param>
    void OnImageEnded(ProcessReport report)
    {
    }

    /// <summary>A thread started, other than a process's first.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="threadId">The thread.</param>
    /// <param name="stack">The stack it runs on, with its figures so far; null when it was not recognised.</param>
    void OnThreadStarted(int pid, int threadId, StackReport? stack)
    {
    }

    /// <summary>A thread ends, other than a process's first.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="threadId">The thread.</param>
    /// <param name="stack">The final figures of its stack; null when it was not recognised.</param>
    void OnThreadEnded(int pid, int threadId, StackReport? stack)
    {
    }

    /// <summary>A stack grew.</summary>
    /// <param name="growth">Which, and by how much.</param>
    /// <param name="thread">The thread whose access made it grow, for as long as the call lasts.</param>
    void OnStackGrown(in StackGrowth growth, StoppedThread thread)
    {
    }

    /// <summary>A stack overflowed; SIGSEGV is about to be delivered.</summary>
    /// <param name="overflow">What happened.</param>
    void OnStackOverflow(StackOverflow overflow)
    {
    }
}
