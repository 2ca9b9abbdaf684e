// The stops that wait(2) has told and nobody has handled yet.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>
/// Waits for tracees. At every <see cref="Turn"/>th wait all that are stopped are taken: wait looks at the tracees always in the same order, and busy ones
/// at its head would starve the rest. Used by the tracer's thread only.
/// </summary>
internal sealed class StopQueue
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(1);

    private const int Turn = 8;

    private readonly Queue<(int Tid, int Status)> _stops = new();
    private int _waits;

    /// <summary>How many in the queue are stops of threads at their exit.</summary>
    private int _exits;

    /// <summary>Waits for the next stop or end of any tracee, or for a listener to have something.</summary>
    /// <param name="one">Whether there is one tracee only, so that no other needs to be looked for.</param>
    /// <param name="listener">The listener, if there is one.</param>
    /// <param name="tid">The thread; 0 when the listener is to be asked.</param>
    /// <param name="status">What happened to it.</param>
    /// <returns>False when there is no tracee left to wait for.</returns>
    internal bool Next(bool one, TouchListener? listener, out int tid, out WaitStatus status)
    {
        if (_stops.Count == 0)
        {
            int raw = 0;
            if (listener is null)
                tid = Ptrace.WaitAny(out raw, block: true);
            else
                tid = !listener.BeginWait(out bool called) ? 0 : called ? Ptrace.WaitAnyOrSignal(out raw) : Ptrace.WaitAny(out raw, block: false);
            listener?.EndWait();
            status = new WaitStatus(raw);
            if (tid <= 0)
                return tid == 0;
            if (one || ++_waits % Turn != 0)
                return true;
            Add(tid, raw);
            while ((tid = Ptrace.WaitAny(out raw, block: false)) > 0)
                Add(tid, raw);
        }

        (tid, int taken) = _stops.Dequeue();
        status = new WaitStatus(taken);
        if (status.Event == Ptrace.EventExit)
            _exits--;
        return true;
    }

    /// <summary>
    /// Waits for one tracee that has been resumed to stop again, while the others' stops queue up. Its end, and its stop at its exit, are left in
    /// the queue for the loop.
    /// </summary>
    /// <returns>False when the tracee has died.</returns>
    internal bool WaitFor(int tid, out WaitStatus status)
    {
        while (true)
        {
            // The first thread of a process that is killed can die without a stop of its own, and then cannot be waited for while another
            // stands at its exit for the tracer to see: whoever knows of such another must not block.
            int answered = Ptrace.Wait(-1, out int raw, block: _exits == 0);
            status = new WaitStatus(raw);
            if (answered < 0)
                return false;
            if (answered == 0)
            {
                if (ProcessState.IsDead(tid))
                    return false;
                Thread.Sleep(Nap);
                continue;
            }

            bool ends = !status.Stopped || status.Event == Ptrace.EventExit;
            if (answered == tid && !ends)
                return true;
            Add(answered, raw);
            if (answered == tid)
                return false;
        }
    }

    private void Add(int tid, int status)
    {
        _stops.Enqueue((tid, status));
        if (new WaitStatus(status).Event == Ptrace.EventExit)
            _exits++;
    }
}
