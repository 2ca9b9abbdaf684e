// Folding: nothing is lost, cycles are found, and memory stays bounded.
using CsCheck;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Tests.Symbols;

public sealed class ChainFolderTests
{
    private static readonly Function[] Functions = [.. "abcdefgh".Select(c => new Function(c.ToString(), null, 0))];

    [Theory]
    [InlineData("abc", "a b c")]
    [InlineData("aa", "a a")]
    [InlineData("aaa", "3(a)")]
    [InlineData("xyababababz", "x y 4(ab) z")]
    [InlineData("abcabcabcab", "3(abc) a b")]
    [InlineData("aaabbbaaabbbaaabbb", "3(a) 3(b) 3(a) 3(b) 3(a) 3(b)")]
    [InlineData("abababcccd", "3(ab) 3(c) d")]
    [InlineData("ababaababa", "a b a b a a b a b a")]
    public void Cycles_are_found(string chain, string expected) => Assert.Equal(expected, Text(Fold(chain)));

    [Fact]
    public void Unfolding_gives_the_chain_back() =>
        Gen.Char['a', 'c'].Array[0, 200].Sample(letters =>
        {
            var chain = new string(letters);
            return string.Concat(Fold(chain).Select(p => string.Concat(Enumerable.Repeat(string.Concat(p.Frames.Select(f => f.Function.Name)), (int)p.Repetitions)))) == chain;
        });

    [Fact]
    public void A_million_frames_in_no_order_leave_few_parts_and_every_frame_counted()
    {
        var random = new Random(1);
        var folder = new ChainFolder();
        for (var i = 0; i < 1_000_000; i++)
            folder.Add(new RawFrame(Functions[random.Next(Functions.Length)], (ulong)i, false, false, 16));

        var parts = folder.Finish();

        Assert.True(parts.Count < 400);
        Assert.Equal(1_000_000, parts.Sum(p => p.FrameCount));
        Assert.Equal(16_000_000UL, parts.Aggregate(0UL, (sum, p) => sum + p.Bytes));
        Assert.Equal(Functions.Length, Assert.Single(parts, p => p.Kind == CallChainPartKind.Mixture).Frames.Length);
    }

    [Fact]
    public void A_long_cycle_is_one_part()
    {
        var folder = new ChainFolder();
        for (var i = 0; i < 1_000_000; i++)
            folder.Add(new RawFrame(Functions[i % 7], 0, false, false, (ulong)(i % 7)));

        var part = folder.Finish()[0];

        Assert.Equal(7, part.Frames.Length);
        Assert.Equal(142_857, part.Repetitions);
        Assert.Equal(142_857UL * 21, part.Bytes);
    }

    private static List<RawPart> Fold(string chain)
    {
        var known = new Dictionary<char, Function>();
        var folder = new ChainFolder();
        foreach (var c in chain)
        {
            if (!known.TryGetValue(c, out var function))
                known[c] = function = new Function(c.ToString(), null, 0);
            folder.Add(new RawFrame(function, 0, false, false, 1));
        }

        return folder.Finish();
    }

    private static string Text(List<RawPart> parts) => string.Join(' ', parts.Select(p =>
    {
        var names = string.Concat(p.Frames.Select(f => f.Function.Name));
        return p.Kind == CallChainPartKind.Cycle ? $"{p.Repetitions}({names})" : names;
    }));
}
