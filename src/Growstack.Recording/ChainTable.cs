// Gives functions and call chains their identifiers, and writes each of them once.
using System.Runtime.InteropServices;

namespace Growstack.Recording;

/// <summary>Interns frames and chains: the first use of each writes its line, later uses only find its identifier.</summary>
/// <remarks>Confined to one thread, as the writer is. Finding a chain that is known allocates nothing.</remarks>
public sealed class ChainTable
{
    private readonly IRecordingSink _sink;
    private readonly Dictionary<FrameLine, int> _frames = [];
    private readonly Dictionary<ChainLine, int> _chains;
    private readonly Dictionary<ChainLine, int>.AlternateLookup<Key> _lookup;

    /// <summary>Makes an empty table.</summary>
    /// <param name="sink">Where new frames and chains are written.</param>
    public ChainTable(IRecordingSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sink = sink;
        _chains = new Dictionary<ChainLine, int>(new Comparer());
        _lookup = _chains.GetAlternateLookup<Key>();
    }

    /// <summary>The identifier of a frame. Callers keep it by code address, so that names are only looked up once.</summary>
    /// <inheritdoc cref="FrameLine" path="/param"/>
    /// <param name="function">The function's name, or an address in hex where no name is known.</param>
    /// <param name="module">The program or library that it is in, or null.</param>
    /// <param name="file">Its source file, or null.</param>
    /// <param name="line">The line in <paramref name="file"/>, from 1, or null.</param>
    public int Frame(string function, string? module = null, string? file = null, int? line = null)
    {
        var key = new FrameLine(0, function, module, file, line);
        if (!_frames.TryGetValue(key, out var id))
        {
            id = _frames.Count;
            _frames.Add(key, id);
            _sink.Write(key with { Frame = id });
        }

        return id;
    }

    /// <summary>The identifier of a chain.</summary>
    /// <param name="frames">The innermost frames' identifiers, innermost first.</param>
    /// <param name="more">How many frames are left out after <paramref name="frames"/>.</param>
    /// <param name="outer">The outermost frames, after those left out, innermost first.</param>
    /// <param name="sizes">Bytes of stack that each of these frames takes, or empty.</param>
    public int Chain(ReadOnlySpan<int> frames, long more = 0, ReadOnlySpan<int> outer = default, ReadOnlySpan<ulong> sizes = default)
    {
        var key = new Key(frames, more, outer, sizes);
        if (!_lookup.TryGetValue(key, out var id))
        {
            id = _chains.Count;
            _lookup[key] = id;
            _sink.Write(new ChainLine(id, frames.ToArray(), more, outer.ToArray(), sizes.ToArray()));
        }

        return id;
    }

    private readonly ref struct Key(ReadOnlySpan<int> frames, long more, ReadOnlySpan<int> outer, ReadOnlySpan<ulong> sizes)
    {
        public readonly ReadOnlySpan<int> Frames = frames;
        public readonly ReadOnlySpan<int> Outer = outer;
        public readonly ReadOnlySpan<ulong> Sizes = sizes;
        public readonly long More = more;

        public Key(in ChainLine line)
            : this(line.Frames.Span, line.More, line.Outer.Span, line.Sizes.Span)
        {
        }
    }

    private sealed class Comparer : IEqualityComparer<ChainLine>, IAlternateEqualityComparer<Key, ChainLine>
    {
        public bool Equals(ChainLine x, ChainLine y) => Equals(new Key(x), y);

        public bool Equals(Key alternate, ChainLine other) =>
            alternate.More == other.More
            && alternate.Frames.SequenceEqual(other.Frames.Span)
            && alternate.Outer.SequenceEqual(other.Outer.Span)
            && alternate.Sizes.SequenceEqual(other.Sizes.Span);

        public int GetHashCode(ChainLine line) => GetHashCode(new Key(line));

        public int GetHashCode(Key alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(alternate.Frames));
            hash.AddBytes(MemoryMarshal.AsBytes(alternate.Outer));
            hash.Add(alternate.More);
            return hash.ToHashCode();
        }

        public ChainLine Create(Key alternate) =>
            new(0, alternate.Frames.ToArray(), alternate.More, alternate.Outer.ToArray(), alternate.Sizes.ToArray());
    }
}
