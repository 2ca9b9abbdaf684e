// What the fixture stacks.c prints about itself.
using System.Globalization;

namespace Growstack.Linux.Tests.Inspection;

/// <summary>One thread's stack as the thread itself sees it.</summary>
internal sealed record StackTruth(string Name, ulong Start, ulong End, ulong Deepest, ulong StackPointer, ulong Limit, bool IsMain)
{
    /// <summary>The truth about each thread, by thread id.</summary>
    public static Dictionary<int, StackTruth> Parse(List<string> lines)
    {
        var pointers = lines.Select(l => l.Split(' ')).Where(w => w[0] == "sp").ToDictionary(w => w[1], w => Hex(w[2]));
        return lines.Select(l => l.Split(' ')).Where(w => w[0] != "sp").ToDictionary(
            w => int.Parse(w[1], CultureInfo.InvariantCulture),
            w => w[0] == "main"
                ? new StackTruth(w[0], 0, 0, Hex(w[5]), 0, Hex(w[2]), true)
                : new StackTruth(w[0], Hex(w[2]), Hex(w[3]), Hex(w[5]), pointers[w[0]], 0, false));
    }

    private static ulong Hex(string word) => ulong.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
