// The sum of reserved swap, changed by many threads at once.
using Growstack.Processes;

namespace Growstack.Tests.Maps;

public sealed class SwapSumTests
{
    private static int Me => Environment.CurrentManagedThreadId;

    [Fact]
    public void What_one_thread_reserves_another_may_release()
    {
        var account = new SwapAccount();
        Assert.True(account.TryReserve(0x5000, VmSystem.Infinity, Me));
        Run(1, _ => account.Add(-0x3000, Me));
        Assert.Equal(0x2000UL, account.Reserved);
        account.Add(-0x2000, Me);
        Assert.Equal(0UL, account.Reserved);
    }

    [Fact]
    public void Nothing_is_lost_when_many_threads_reserve_and_release()
    {
        const int Threads = 12;
        var account = new SwapAccount();
        Run(Threads, _ =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                account.Add(3, Me);
                account.Add(-2, Me);
            }
        });
        Assert.Equal(Threads * 50_000UL, account.Reserved);
    }

    [Fact]
    public void A_limit_is_reached_and_never_passed_by_threads_in_a_race()
    {
        const int Threads = 6;
        const int Limit = 100_000;
        var account = new SwapAccount();
        // Some is reserved already, in cells of threads that live no more, and what is reserved under the limit is released by turns.
        Run(3, _ => Assert.True(account.TryReserve(100, ulong.MaxValue, Me)));
        var taken = 0;
        Run(Threads, thread =>
        {
            var mine = 0;
            for (var i = 0; i < 200_000; i++)
            {
                if (account.TryReserve(1, Limit, Me))
                    mine++;
                Assert.True(account.Reserved <= Limit);
                if (thread == 0 && i % 3 == 0 && mine > 0)
                {
                    account.Add(-1, Me);
                    mine--;
                }
            }
            Interlocked.Add(ref taken, mine);
        });
        Assert.Equal((ulong)taken + 300, account.Reserved);
        while (account.TryReserve(1, Limit, Me))
            taken++;
        Assert.Equal(Limit - 300, taken);
    }

    private static void Run(int count, Action<int> work)
    {
        var failures = new Exception?[count];
        var threads = failures.Select((_, i) => new Thread(() => failures[i] = Record.Exception(() => work(i)))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
    }
}
