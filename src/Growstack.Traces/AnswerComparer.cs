// Whether an answer is the recorded one.
using Growstack.Maps;

namespace Growstack.Traces;

internal static class AnswerComparer
{
    /// <summary>Compares word by word. An operation that the kernel refuses to survive must be refused, for whatever reason; what is the kernel's own affair is skipped.</summary>
    internal static bool Agree(string expected, string actual)
    {
        if (expected == actual)
            return true;
        var mine = new WordReader(actual);
        foreach (var word in new WordReader(expected))
        {
            // How many objects live is up to whoever keeps them.
            if (word.StartsWith("objects_live="))
                continue;
            if (!mine.MoveNext())
                return false;
            var refused = word.SequenceEqual(TraceWorld.Refused) || word.StartsWith("BLOCKED(");
            if (!word.SequenceEqual(mine.Current) && !(refused && mine.Current.SequenceEqual(TraceWorld.Refused)))
                return false;
        }
        return !mine.MoveNext();
    }

    /// <summary>The first line printed below a dump that the map's entries do not agree with, and what there is instead.</summary>
    internal static (string Expected, string Actual)? FirstDifference(TraceOperation operation, VmMap map)
    {
        if (operation.Printed.Count == 0)
            return null;
        var entries = map.Entries;
        for (var i = 0; i < Math.Max(entries.Count, operation.Printed.Count); i++)
        {
            var expected = i < operation.Printed.Count ? operation.Printed[i] : "";
            var actual = i < entries.Count ? TraceText.Entry(entries[i]) : "";
            if (!PrintedAgree(expected, actual, i < entries.Count ? entries[i] : default, map.System.Release))
                return (expected, actual);
        }
        return null;
    }

    private static bool PrintedAgree(string expected, string actual, in VmEntry entry, VmRelease release)
    {
        if (!expected.StartsWith(actual, StringComparison.Ordinal) || actual.Length == 0)
            return false;
        var rest = expected[actual.Length..];
        if (rest.Length > 0 && rest[0] != ' ')
            return false;
        // Of the internals only the bytes kept with a stack's room have a meaning here.
        const string Kept = " nread=";
        var at = rest.IndexOf(Kept, StringComparison.Ordinal);
        if (at < 0 || !TraceText.KeepsBytes(entry, release))
            return true;
        var text = rest[(at + Kept.Length)..];
        return Arguments.TryParseNumber(text, out var number) && number == entry.Reserve;
    }

    /// <summary>The words of a text, without copies.</summary>
    private ref struct WordReader(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly WordReader GetEnumerator() => this;

        public bool MoveNext()
        {
            _rest = _rest.TrimStart(' ');
            if (_rest.IsEmpty)
                return false;
            var end = _rest.IndexOf(' ');
            Current = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[end..];
            return true;
        }
    }
}
