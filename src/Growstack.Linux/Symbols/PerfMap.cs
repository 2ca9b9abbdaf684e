// Names of code that was made at run time, where the runtime writes them down for perf(1).
using System.Globalization;
using System.Text.RegularExpressions;
using Growstack.Linux.Inspection;

namespace Growstack.Linux.Symbols;

/// <summary>
/// /tmp/perf-PID.map, a line a function: start, size, both hex, and a name that goes to the end of the line. Node.js (<c>--perf-basic-prof</c>), .NET
/// (<c>DOTNET_PerfMapEnabled</c>), Python (<c>-X perf</c>), and the JVM when asked (<c>jcmd PID Compiler.perfmap</c>) write it as code is made; code that
/// was made since it was read last is found by reading it again. Not thread-safe.
/// </summary>
internal sealed partial class PerfMap(int pid)
{
    private const long LargestFile = 256L << 20;

    private readonly string _file = FileOf(pid);
    private long _length;
    private ulong[] _starts = [];
    private Entry[] _entries = [];

    /// <summary>The function at an address, the same object each time; null when the file names none.</summary>
    public Function? Find(ulong address) => Known(address) ?? (Read() ? Known(address) : null);

    /// <summary>The file of a process: in its own /tmp, by the number it has for itself.</summary>
    private static string FileOf(int pid)
    {
        int own = pid;
        if (ProcFs.ReadText(string.Create(CultureInfo.InvariantCulture, $"{ProcFs.MountPoint}/{pid}/status"), out var status) == ProcError.None)
        {
            var field = ThreadProbes.StatusField(status, "NSpid");
            if (int.TryParse(field[(field.LastIndexOf('\t') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                own = number;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{ProcFs.MountPoint}/{pid}/root/tmp/perf-{own}.map");
    }

    private Function? Known(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        if (index < 0)
            index = ~index - 1;
        return index >= 0 && address - _starts[index] < _entries[index].Size ? _entries[index].Function : null;
    }

    private bool Read()
    {
        try
        {
            var file = new FileInfo(_file);
            if (!file.Exists || file.Length == _length || file.Length > LargestFile)
                return false;
            _length = file.Length;
            // Code is made again at the same place: the last line of an address holds.
            var entries = new SortedList<ulong, Entry>();
            foreach (string line in File.ReadLines(_file))
            {
                if (Parse(line) is { } entry)
                    entries[entry.Function.Start] = entry;
            }

            _starts = [.. entries.Keys];
            _entries = [.. entries.Values];
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Entry? Parse(string line)
    {
        int first = line.IndexOf(' ', StringComparison.Ordinal), second = first < 0 ? -1 : line.IndexOf(' ', first + 1);
        if (second < 0 || !Hexadecimal(line.AsSpan(0, first), out ulong start) || !Hexadecimal(line.AsSpan(first + 1, second - first - 1), out ulong size))
            return null;

        // Whoever writes this file, a terminal will show it.
        string name = string.Concat(line[(second + 1)..].Select(c => char.IsControl(c) ? '?' : c));
        return new Entry(size, new Function(Tier().Replace(JavaScript().Replace(name, "${function} ${file}:${line}").TrimStart(), ""), null, start));
    }

    // The JVM and .NET put 0x before, which perf(1) does not want.
    private static bool Hexadecimal(ReadOnlySpan<char> text, out ulong number) =>
        ulong.TryParse(text.StartsWith("0x") ? text[2..] : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    // V8: "JS:*visit /srv/deep.js:2:15", a kind, a tier, a name that may be empty, a place.
    [GeneratedRegex(@"^(?:JS|LazyCompile|Function|Script|Eval):[*~^+'-]?(?<function>\S*) (?:\S*/)?(?<file>[^/]+):(?<line>\d+):\d+$")]
    private static partial Regex JavaScript();

    // .NET: "int32 [app] Deep::Fall(int32)[OptimizedTier1]".
    [GeneratedRegex(@"(?<=\))\[\w+\]$")]
    private static partial Regex Tier();

    private readonly record struct Entry(ulong Size, Function Function);
}
