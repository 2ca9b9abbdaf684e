// The figures of very many threads: none is lost, and they take no memory.
using System.Globalization;
using Growstack.Linux.Tracing;

namespace Growstack.Linux.Tests;

public class StackLedgerTests
{
    private const int Many = 200_000;

    [Fact]
    public void What_goes_in_comes_out_in_the_order_of_the_threads_start()
    {
        var ledger = new StackLedger { Main = new StackReport { Kind = StackKind.Main, ThreadId = 1, ThreadName = "main" } };
        const int threads = 3 * StackLedger.KeptInMemory;
        var numbers = Enumerable.Range(0, threads).Where(number => number % 7 != 0).ToArray();

        // They end in another order than they started.
        foreach (int number in numbers.OrderBy(number => number * 31 % threads))
            ledger.Enter(number, Report(number));

        Assert.Equal([ledger.Main, .. numbers.Select(Report)], ledger);
        Assert.Equal(numbers.Length + 1, ledger.Count);
    }

    [Fact]
    public void Memory_stays_flat_over_many_threads()
    {
        var ledger = new StackLedger();
        for (int number = 0; number < 2 * StackLedger.KeptInMemory; number++)
            ledger.Enter(number, Report(number));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int number = 2 * StackLedger.KeptInMemory; number < Many; number++)
            ledger.Enter(number, Report(number));
        long after = GC.GetTotalMemory(forceFullCollection: true);

        // In memory they would take some thirty million bytes; other tests run at the same time and have a few of their own.
        Assert.InRange(after - before, long.MinValue, 8 << 20);
        Assert.Equal((ulong)(Many - 1), ledger.Last().PeakBytes);
    }

    private static StackReport Report(int number) => new()
    {
        Kind = StackKind.Thread,
        ThreadId = 1000 + number,
        ThreadName = number % 3 == 0 ? "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd" : "worker-" + number.ToString(CultureInfo.InvariantCulture),
        Start = 0x7e91_0000_0000 + (ulong)number,
        End = 0x7e92_0000_0000 + (ulong)number,
        PeakBytes = (ulong)number,
        MappedBytes = 2,
        ReservedBytes = 3,
        LimitBytes = 4,
        GuardBytes = 5,
        Growths = number,
        PeakIsExact = number % 2 == 0,
        IsManaged = number % 5 == 0,
    };
}
