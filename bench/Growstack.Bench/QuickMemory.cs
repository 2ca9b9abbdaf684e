// Guest memory beside a dictionary of pages, in some seconds.
using System.Globalization;

namespace Growstack.Bench;

internal static class QuickMemory
{
    internal static void Run()
    {
        var mapped = new MemoryBenchmarks<MappedMemory>();
        var dictionary = new MemoryBenchmarks<PageDictionary>();
        mapped.Fill();
        dictionary.Fill();
        Console.WriteLine($"{"nanoseconds, median (best)",-42}{"growstack",20}{"Dictionary of pages",22}");
        // The compiler optimises in the background what runs often: first some rounds whose figures nobody sees.
        for (var round = 0; round < 4; round++)
        {
            Thread.Sleep(200);
            var prints = round == 3;
            Row("read 8 bytes, in order", () => mapped.Read(), () => dictionary.Read(), MemoryBenchmarks<MappedMemory>.Accesses);
            Row("write 8 bytes, in order", mapped.Write, dictionary.Write, MemoryBenchmarks<MappedMemory>.Accesses);
            Row("read 8 bytes, at random in 4 MiB", () => mapped.ReadAtRandom(), () => dictionary.ReadAtRandom(), MemoryBenchmarks<MappedMemory>.Accesses);
            Row("write 8 bytes, at random in 4 MiB", mapped.WriteAtRandom, dictionary.WriteAtRandom, MemoryBenchmarks<MappedMemory>.Accesses);
            Row("a page made at its first write", mapped.Touch, dictionary.Touch, MemoryBenchmarks<MappedMemory>.Pages);
            Row("a page copied after a fork", mapped.ForkAndWrite, dictionary.ForkAndWrite, MemoryBenchmarks<MappedMemory>.Pages);
            Row("fork of 4 MiB, one page written", mapped.Fork, dictionary.Fork, 1);

            void Row(string operation, Action ours, Action theirs, int operations)
            {
                var (our, their) = (Quick.Time(ours, operations), Quick.Time(theirs, operations));
                if (prints)
                    Console.WriteLine($"{operation,-42}{Text(our),20}{Text(their),22}");
            }
        }
    }

    private static string Text(Figure figure) => string.Create(CultureInfo.InvariantCulture, $"{figure.Nanoseconds:0.0} ({figure.Best:0.0})");
}
