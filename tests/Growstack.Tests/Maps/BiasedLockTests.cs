// The lock that leans towards one thread, by real threads that do their best to be inside together.
using Growstack.Maps;

namespace Growstack.Tests.Maps;

public sealed class BiasedLockTests
{
    /// <summary>What the lock guards: two numbers that are equal whenever it is free.</summary>
    private sealed class Guarded(int patience)
    {
        internal readonly BiasedLock Lock = new(patience);
        private long _one;
        private long _other;

        internal long Count => _one;

        internal void Add()
        {
            using (Lock.Hold())
            {
                var before = _one;
                if (before != _other)
                    throw new InvalidOperationException("Two threads are inside.");
                _one = before + 1;
                _other = before + 1;
            }
        }
    }

    [Fact]
    public void A_bias_taken_away_at_any_moment_leaves_one_thread_inside()
    {
        // The owner is in and out all the time; the other comes once, and must wait for it or be waited for. A new lock each round, so that each has a bias to lose.
        const int Rounds = 3000;
        const int Most = 400;
        using var barrier = new Barrier(2);
        var guarded = new Guarded(1);
        var moment = new Random(1);
        Run(
            () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    guarded = new Guarded(1);
                    for (var i = 0; i < 5; i++)
                        guarded.Add();
                    Meet(barrier);
                    for (var i = 0; i < Most; i++)
                        guarded.Add();
                    Meet(barrier);
                    Assert.Equal(5 + (2 * Most), guarded.Count);
                }
            },
            () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    Meet(barrier);
                    Thread.SpinWait(moment.Next(200));
                    for (var i = 0; i < Most; i++)
                        guarded.Add();
                    Meet(barrier);
                }
            });
    }

    [Fact]
    public void A_bias_that_wanders_from_thread_to_thread_loses_nothing()
    {
        const int Threads = 4;
        const int Turns = 150;
        const int Each = 2000;
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
        Assert.Equal(Threads * Turns * Each, guarded.Count);
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

    private static void Meet(Barrier barrier) => Assert.True(barrier.SignalAndWait(TimeSpan.FromSeconds(60)));

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
