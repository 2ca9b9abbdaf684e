// What the summary says of threads that share a line.
using Growstack.Linux;

namespace Growstack.Cli;

/// <summary>Threads of one process whose names differ in numbers only. Peaks are whole pages, so that even a million of them have few different ones.</summary>
internal sealed class AlikeThreads
{
    private readonly SortedDictionary<ulong, int> _peaks = [];
    private readonly int? _fatal;
    private string _name;

    private AlikeThreads(int? fatal, StackReport first)
    {
        _fatal = fatal;
        _name = first.ThreadName;
        Deepest = first;
        Add(first);
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first of those that used most.</summary>
    public StackReport Deepest { get; private set; }

    /// <summary>Whether the overflow that ended the process is one of theirs.</summary>
    public bool HoldsFatal { get; private set; }

    /// <summary>The name that all have, or its pattern.</summary>
    public string Name => _name;

    /// <summary>The peak that half of them did not pass.</summary>
    public ulong MedianPeak
    {
        get
        {
            int before = 0;
            foreach (var (peak, count) in _peaks)
            {
                before += count;
                if (before > Count / 2)
                    return peak;
            }

            return 0;
        }
    }

    /// <summary>A group of one so far.</summary>
    public static AlikeThreads Of(ProcessReport process, StackReport first) => new(process.FatalOverflow?.ThreadId, first);

    /// <summary>One more.</summary>
    public void Add(StackReport stack)
    {
        Count++;
        _peaks[stack.PeakBytes] = _peaks.GetValueOrDefault(stack.PeakBytes) + 1;
        HoldsFatal |= stack.ThreadId == _fatal;
        if (stack.PeakBytes > Deepest.PeakBytes)
            Deepest = stack;
        if (stack.ThreadName != _name)
            _name = Pattern(_name);
    }

    /// <summary>A name with each of its numbers written as <c>#</c>.</summary>
    public static string Pattern(string name)
    {
        Span<char> pattern = stackalloc char[name.Length];
        int length = 0;
        foreach (char c in name)
        {
            if (!char.IsAsciiDigit(c))
                pattern[length++] = c;
            else if (length == 0 || pattern[length - 1] != '#')
                pattern[length++] = '#';
        }

        return pattern[..length].ToString();
    }
}
