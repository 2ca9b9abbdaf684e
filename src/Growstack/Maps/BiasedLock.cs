// The lock of a map: free of atomic instructions for a thread that takes it again and again while no other wants it.
using System.Runtime.CompilerServices;

namespace Growstack.Maps;

/// <summary>A mutual exclusion lock that leans towards one thread. May be taken again by the thread that holds it.</summary>
/// <remarks>
/// <para>
/// Underneath is the object's own monitor: a map has one object less than with a <see cref="Lock"/>, which forks of small maps feel. Once a thread has taken
/// it many times in a row, it gets a <see cref="Bias"/>: from then on it only counts in a field of its own how deep it is inside, and looks whether it may.
/// Another thread enters the monitor, revokes the bias, and waits for its owner to leave.
/// </para>
/// <para>
/// The owner writes its depth and then reads whether it is revoked; the other writes that it is revoked and then reads the depth. A barrier in both would
/// make sure that one of them sees the other. Here the rare side pays for both: <see cref="Interlocked.MemoryBarrierProcessWide"/> is a barrier in the owner
/// too, wherever it is. If its read comes before that barrier, so does its write of the depth, which is seen; if it comes later, it sees the revocation.
/// </para>
/// <para>A revoked bias is never used again, so what a late owner still writes there hurts nobody. Each revocation doubles what it takes to get the next bias.</para>
/// </remarks>
/// <param name="patience">How often in a row a thread must take the lock to get the first bias.</param>
internal sealed class BiasedLock(int patience = 32)
{
    private const int MostPatience = 1 << 20;

    // The calling thread's managed id, once it has taken the monitor of any such lock. To ask the runtime for it costs more than all the rest of taking a lock.
    [ThreadStatic]
    private static int _thread;

    // Written with the monitor held, read without it.
    private volatile Bias? _bias;

    // Guarded by the monitor: who took it last, how often in a row, and how often it takes to get a bias.
    private int _last;
    private int _streak;
    private int _patience = patience;

    /// <summary>A thread's right to enter without the monitor.</summary>
    internal sealed class Bias(int thread)
    {
        internal readonly int Thread = thread;

        // Written by the owner, how often it is inside; read by who revokes.
        internal int Depth;

        // Written once, with the monitor held.
        internal bool IsRevoked;
    }

    /// <summary>The lock is held until this is disposed of, by the same thread.</summary>
    internal readonly ref struct Holder(BiasedLock held, Bias? bias)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => held.Exit(bias);
    }

    /// <summary>Takes the lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Holder Hold() => new(this, Enter());

    /// <summary>Takes the lock.</summary>
    /// <returns>What to give to <see cref="Exit"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Bias? Enter()
    {
        if (_bias is { } bias && bias.Thread == _thread)
        {
            var depth = bias.Depth;
            Volatile.Write(ref bias.Depth, depth + 1);
            if (!Volatile.Read(ref bias.IsRevoked) || depth > 0)
                return bias;
            Volatile.Write(ref bias.Depth, depth);
        }
        return EnterMonitor();
    }

    /// <summary>Gives the lock back.</summary>
    /// <param name="bias">What <see cref="Enter"/> returned.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Exit(Bias? bias)
    {
        if (bias is not null)
            Volatile.Write(ref bias.Depth, bias.Depth - 1);
        else
            Monitor.Exit(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Bias? EnterMonitor()
    {
        Monitor.Enter(this);
        var thread = _thread = Environment.CurrentManagedThreadId;
        if (_bias is { } bias)
            End(bias, thread);
        if (_last != thread)
            (_last, _streak) = (thread, 0);
        else if (_bias is null && ++_streak >= _patience)
            _bias = new Bias(thread);
        return null;
    }

    private void End(Bias bias, int thread)
    {
        try
        {
            // The owner itself comes here if who revoked its bias was interrupted while waiting.
            if (bias.Thread != thread)
                Revoke(bias);
            _bias = null;
        }
        catch
        {
            Monitor.Exit(this);
            throw;
        }
    }

    private void Revoke(Bias bias)
    {
        _patience = Math.Min(2 * _patience, MostPatience);
        Volatile.Write(ref bias.IsRevoked, true);
        Interlocked.MemoryBarrierProcessWide();
        var spin = default(SpinWait);
        while (Volatile.Read(ref bias.Depth) != 0)
            spin.SpinOnce();
    }
}
