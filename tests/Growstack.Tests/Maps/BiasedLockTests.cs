// The lock that leans towards one thread, by real threads that do their best to be inside together.
using System.Diagnostics;

using Growstack.Maps;

namespace Growstack.Tests.Maps;

public sealed class BiasedLockTests
{
    /// <summary>What the lock guards: two numbers that are equal whenever nobody is inside. Whoever is takes its time.</summary>
    private sealed class Guarded(int patience)
    {
        internal readonly BiasedLock Lock = new(patience);
        private long _one;
        private long _other;
        private bool _met;

        internal void Add()
        {
            using (Lock.Hold())
            {
                var before = _one;
                _met |= before != _other;
                _one = before + 1;
                Thread.SpinWait(1);
                _met |= _one != before + 1;
                _other = before + 1;
            }
        }

        internal void Verify(long count)
        {
            Assert.False(_met, "Two threads were inside at once.");
            Assert.Equal((count, count), (_one, _other));
        }
    }

    [Fact]
    public void A_bias_taken_away_at_any_moment_leaves_one_thread_inside()
    {
        // The owner is in and out all the time until the other has been inside, once. A new lock each round: each has one bias to lose, at another moment.
        const int Rounds = 5000;
        var time = Stopwatch.StartNew();
        Guarded? offered = null;
        Guarded? answered = null;
        var over = false;
        Run(
            () =>
            {
                for (var round = 0; round < Rounds && time.Elapsed < TimeSpan.FromSeconds(3); round++)
                {
                    var (guarded, count) = (new Guarded(1), 0L);
                    for (; count < 3; count++)
                        guarded.Add();
                    Volatile.Write(ref offered, guarded);
                    for (; Volatile.Read(ref answered) != guarded; count++)
                        guarded.Add();
                    guarded.Verify(count + 1);
                }
                Volatile.Write(ref over, true);
            },
            () =>
            {
                var moment = new Random(1);
                while (!Volatile.Read(ref over))
                {
                    if (Volatile.Read(ref offered) is not { } guarded || guarded == answered)
                    {
                        Thread.Yield();
                        continue;
                    }
                    for (var wait = moment.Next(100); wait > 0; wait--)
                        Volatile.Read(ref over);
                    guarded.Add();
                    Volatile.Write(ref answered, guarded);
                }
            });
    }

    [Fact]
    public void A_bias_that_wanders_from_thread_to_thread_loses_nothing()
    {
        const int Threads = 4;
        const int Turns = 50;
        const int Each = 1000;
        var guarded = new Guarded(4);
        Run([.. Enumerable.Range(0, Threads).Select(seed => (Action)(() =>
        {
            var random = new Random(seed);
            for (var turn = 0; turn < Turns; turn++)
            {
                for (var i = 0; i < Each; i++)
                    guarded.Add();
                if (random.Next(4) == 0)
                    Thread.Sleep(1);
            }
        }))]);
        guarded.Verify(Threads * Turns * Each);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void The_thread_inside_may_enter_again_and_others_wait_for_the_outermost_exit(int patience)
    {
        var held = new BiasedLock(patience);
        for (var i = 0; i < 10; i++)
            held.Hold().Dispose();
        using var inside = new ManualResetEventSlim();
        using var trying = new ManualResetEventSlim();
        var left = false;
        Run(
            () =>
            {
                for (var i = 0; i < 10; i++)
                    held.Hold().Dispose();
                using (held.Hold())
                {
                    inside.Set();
                    trying.Wait();
                    for (var i = 0; i < 1000; i++)
                    {
                        using (held.Hold())
                            Thread.SpinWait(100);
                    }
                    left = true;
                }
            },
            () =>
            {
                inside.Wait();
                trying.Set();
                using (held.Hold())
                    Assert.True(left);
            });
    }

    [Fact]
    public void Who_is_interrupted_while_waiting_for_the_owner_leaves_the_lock_usable()
    {
        var held = new BiasedLock(1);
        using var inside = new ManualResetEventSlim();
        using var done = new ManualResetEventSlim();
        Exception? seen = null;
        var waiter = new Thread(() =>
        {
            inside.Wait();
            try
            {
                held.Hold().Dispose();
            }
            catch (ThreadInterruptedException e)
            {
                seen = e;
            }
        });
        Run(() =>
        {
            for (var i = 0; i < 3; i++)
                held.Hold().Dispose();
            using (held.Hold())
            {
                waiter.Start();
                inside.Set();
                Thread.Sleep(50);
                waiter.Interrupt();
                Assert.True(waiter.Join(TimeSpan.FromSeconds(30)));
            }
            Assert.NotNull(seen);
            held.Hold().Dispose();
        });
        Run(() => held.Hold().Dispose());
    }

    private static void Run(params Action[] works)
    {
        var failures = new Exception?[works.Length];
        var threads = works.Select((work, i) => new Thread(() => failures[i] = Record.Exception(work))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
    }
}
