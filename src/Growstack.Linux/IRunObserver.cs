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

    /// <summary>A stack grew.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="threadId">The thread whose access made it grow.</param>
    /// <param name="address">The address accessed.</param>
    /// <param name="bytes">By how much it grew.</param>
    void OnStackGrown(int pid, int threadId, ulong address, ulong bytes)
    {
    }

    /// <summary>A stack overflowed; SIGSEGV is about to be delivered.</summary>
    /// <param name="overflow">What happened.</param>
    void OnStackOverflow(StackOverflow overflow)
    {
    }
}
