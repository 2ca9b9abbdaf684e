// Writes that meet a stack's skirt.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

internal sealed partial class TraceLoop
{
    /// <summary>
    /// How often a thread is looked for that has not been found waiting, a millisecond later and whenever it is heard of again: on a busy machine it may take
    /// as long to come to that. One that has a signal to take never waits in the kernel: it meets the page again and again.
    /// </summary>
    private const int MostReturns = 50;

    private void OnTouches()
    {
        while (_listener!.TryTake(out var touch))
            OnTouch(touch);
    }

    /// <summary>
    /// A thread waits at a page of a skirt. Where it runs its own code, a stop takes it away from there before the write, and the stack grows as at
    /// a fault. In the middle of a system call a stop would cut the call short (a read answers with less than it was asked for): the kernel is let write.
    /// Only where the skirt is nearly used up by such writes is the thread stopped when it comes out of the kernel.
    /// </summary>
    private void OnTouch(in Touch touch)
    {
        var space = touch.Space;
        if (space.Watch is not { } watch)
            return;
        ulong address = touch.Address;
        if (_tracees.TryGetValue(touch.ThreadId, out var tracee) && tracee.Process?.Image?.Space == space)
        {
            // It waits at one page only: the one it was last heard of.
            address = tracee.LastTouch = touch.Returned ? tracee.LastTouch : address;
            tracee.TouchPutBack &= !touch.Returned;
            var where = WaitingThread.Where(touch.ThreadId);
            if (where == WaitsIn.Nothing && tracee.TouchReturns < MostReturns)
            {
                tracee.TouchReturns++;
                if (!tracee.TouchPutBack)
                    _listener!.PutBack(touch);
                tracee.TouchPutBack = true;
                return;
            }

            tracee.TouchReturns = 0;
            tracee.TouchedAt = where == WaitsIn.ItsOwnCode ? address : 0;
            if (where == WaitsIn.ItsOwnCode && Ptrace.Interrupt(touch.ThreadId))
                return;
        }

        if (_faults.LetKernelWrite(space, watch, address) && tracee is not null)
        {
            tracee.TouchedAt = address;
            _ = Ptrace.Interrupt(touch.ThreadId);
        }
    }

    /// <summary>A thread stands where it was stopped for its write to a skirt. It repeats the write when it goes on.</summary>
    private void GrowAtTouch(Tracee tracee)
    {
        ulong address = tracee.TouchedAt;
        tracee.TouchedAt = 0;
        if (tracee.Process?.Image is { Space: { Watch: { } watch } space } image)
            _faults.Resolve(tracee, image, space, watch, address);
    }
}
