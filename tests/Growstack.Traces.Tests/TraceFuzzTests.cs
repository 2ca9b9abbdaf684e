// Damaged traces: whatever has become of a recorded trace, it is read and replayed to its end, and each error says where it is.
using System.IO.Compression;
using System.Text;
using CsCheck;
using Growstack.Maps;

namespace Growstack.Traces.Tests;

public class TraceFuzzTests
{
    private const string Name = "damaged.trace";
    private static readonly byte[] Compressed = File.ReadAllBytes(Repository.PathOf("conformance", "freebsd12", "cases.trace.gz"));
    private static readonly byte[] Plain = Decompressed(Compressed);

    private const string Awkward = "\n\r|#->=0x ~\0pkm9-";

    /// <summary>What becomes of a byte: another one, none, or two.</summary>
    private readonly record struct Damage(int Kind, int Where, byte By);

    private static readonly Gen<List<Damage>> Damages =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, Plain.Length], Gen.OneOf(Gen.Byte, Gen.Int[0, Awkward.Length - 1].Select(static i => (byte)Awkward[i])), static (kind, where, by) => new Damage(kind, where, by))
            .List[1, 20];

    [Fact]
    public void Damaged_text_is_replayed_to_its_end_and_errors_say_where_they_are() => Damages.Sample(
        static damages => Replay(Apply(Plain, damages)), iter: 300);

    [Fact]
    public void A_damaged_archive_is_read_as_far_as_it_goes() => Damages.Sample(
        static damages => Replay(Apply(Compressed, damages)), iter: 300);

    [Fact]
    public void Any_bytes_are_replayed_to_their_end() => Gen.Byte.Array[0, 600].Sample(Replay);

    private static void Replay(byte[] bytes)
    {
        var lines = 1;
        foreach (var item in TraceReader.Read(new MemoryStream(bytes), Name))
        {
            var place = item.Error is { } error ? (error.File, error.Line) : (item.Operation!.File, item.Operation.Line);
            Assert.Equal(Name, place.File);
            Assert.True(place.Line >= lines, "Lines are counted upwards.");
            lines = place.Line;
            if (item.Error is not null)
                CheckPlace(item.Error.Message, item.Error.Line, item.Error.Column);
        }
        var world = new TraceWorld(VmRelease.FreeBsd12);
        foreach (var item in TraceReader.Read(new MemoryStream(bytes), Name))
        {
            if (item.Operation is not { } operation)
                continue;
            try
            {
                world.Execute(operation);
            }
            catch (TraceFormatException e)
            {
                Assert.Equal(operation.Line, e.Line);
                CheckPlace(e.Message, e.Line, e.Column);
            }
        }
        world.Map.CheckConsistency();
    }

    private static void CheckPlace(string message, int line, int column)
    {
        Assert.True(column >= 1);
        Assert.StartsWith($"{Name}:{line}:{column}: ", message, StringComparison.Ordinal);
    }

    private static byte[] Apply(byte[] bytes, List<Damage> damages)
    {
        var damaged = new List<byte>(bytes);
        foreach (var (kind, where, by) in damages)
        {
            var at = where % damaged.Count;
            if (kind == 0)
                damaged[at] = by;
            else if (kind == 1 && damaged.Count > 1)
                damaged.RemoveAt(at);
            else
                damaged.Insert(at, by);
        }
        return [.. damaged];
    }

    private static byte[] Decompressed(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var text = new StreamReader(gzip, Encoding.Latin1);
        return Encoding.Latin1.GetBytes(text.ReadToEnd());
    }
}
