// Random operations: the naive model records a trace of what it answers, and the map must replay it, with every invariant checked after each line.
using System.Globalization;
using System.Text;

using CsCheck;

using Growstack.Maps;
using Growstack.Traces;

namespace Growstack.Tests.Model;

public sealed partial class ModelTests
{
    private const ulong Page = VmPage.Size;
    private const ulong Min = 0x1000;
    private const ulong Max = 0x40000;

    /// <summary>An operation, chosen by numbers that all shrink to something simpler.</summary>
    private readonly record struct Step(int Kind, uint At, uint Length, uint Prot, uint MaxProt, uint Choice);

    private static readonly Gen<Step> Steps =
        Gen.Select(Gen.Int[0, 22], Gen.UInt[0, 66], Gen.UInt[0, 12], Gen.UInt[0, 7], Gen.UInt[0, 7], Gen.UInt[0, 9])
            .Select(static (kind, at, length, prot, max, choice) => new Step(kind, at, length, prot, max, choice));

    [Fact]
    public void The_map_of_release_12_replays_what_the_model_recorded() => Replays(VmRelease.FreeBsd12);

    [Fact]
    public void The_map_of_release_10_replays_what_the_model_recorded() => Replays(VmRelease.FreeBsd10);

    [Fact]
    public void A_wrong_answer_is_found_and_shown_as_a_trace()
    {
        var trace = Record(VmRelease.FreeBsd12, [new Step(0, 3, 2, 3, 7, 0)]);
        Assert.Contains("insert 0x3000 0x5000 rw- rwx -> KERN_SUCCESS n=1 size=0x2000 ssize=0 h=", trace, StringComparison.Ordinal);
        Assert.Equal(0, Replay(VmRelease.FreeBsd12, trace).Divergences);
        Assert.Equal(1, Replay(VmRelease.FreeBsd12, trace.Replace("size=0x2000", "size=0x3000", StringComparison.Ordinal)).Divergences);
    }

    // On failure CsCheck shrinks the operations, and the message holds them as a trace: save it as a file for `growstack replay`.
    private static void Replays(VmRelease release) => Steps.List[1, 60].Sample(
        steps =>
        {
            var trace = Record(release, steps);
            if (Replay(release, trace).First is { } first)
                Assert.Fail($"line {first.Line}: {first.Operation}\n  model {first.Expected}\n  map   {first.Actual}\n{first.Dump}\nThe trace, of {release}:\n{trace}");
        },
        iter: 1500,
        print: static steps => $"{steps.Count} operations");

    private static ReplayResult Replay(VmRelease release, string trace)
    {
        using var text = new StringReader(trace);
        return Replayer.Replay(TraceReader.Read(text, "model"), release, new ReplayOptions { CheckConsistency = true });
    }

    private static string Record(VmRelease release, IEnumerable<Step> steps)
    {
        var guard = release == VmRelease.FreeBsd12 ? Page : 0;
        var model = new MapModel(release, Min, Max, 2 * Page, guard);
        var trace = new StringBuilder();
        Line($"config min={Hex(Min)} max={Hex(Max)} sgrowsiz={2 * Page} guard_pages={guard / Page} objects=null search=first", "OK");
        foreach (var step in steps)
        {
            Do(model, release, step, Line);
            DoMore(model, release, step, LineOf);
        }
        return trace.ToString();

        void Line(string operation, string answer) => LineOf(model, operation, answer);

        void LineOf(MapModel shown, string operation, string answer)
        {
            var entries = shown.Entries.ConvertAll(static e => e.ToEntry());
            var digest = StateDigest.Of(entries);
            trace.Append(CultureInfo.InvariantCulture, $"{operation} -> {answer} n={entries.Count} size={Hex(shown.Size)} ssize={shown.StackPages} ")
                .Append(CultureInfo.InvariantCulture, $"h={digest.Exact:x16} hm={digest.Merged:x16}\n");
        }
    }

    private static void Do(MapModel model, VmRelease release, Step step, Action<string, string> line)
    {
        var start = step.At * Page;
        // Now and then a range is reversed.
        var end = step.Choice == 9 ? start - Math.Min(start, step.Length * Page) : start + (step.Length * Page);
        var (prot, max) = ((VmProt)(step.Prot & step.MaxProt), (VmProt)step.MaxProt);
        var range = $"{Hex(start)} {Hex(end)}";
        switch (step.Kind)
        {
            case 0 or 1 or 2:
                var (kind, word) = Kind(release, step.Choice, start, prot, max);
                var kinds = $"{Prot(kind.Prot)} {Prot(kind.Max)}{word}";
                if (step.Kind == 2 && model.IsSystemWired(start, start + (step.Length * Page)))
                    line($"fixed {Hex(start)} {Hex(step.Length * Page)} {kinds}", "SKIP_ASSERT");
                else if (step.Kind < 2)
                    line($"insert {range} {kinds}", Text(model.Insert(start, end, kind)));
                else
                    line($"fixed {Hex(start)} {Hex(step.Length * Page)} {kinds}", Text(model.Fixed(start, step.Length * Page, kind, exclusive: false)));
                break;
            case 3 or 4 when model.IsSystemWired(start, end):
                line($"remove {range}", "SKIP_ASSERT");
                break;
            case 3 or 4:
                line($"remove {range}", Text(model.Remove(start, end)));
                break;
            case 5 or 6:
                var setMax = step.Choice == 1;
                line($"protect {range} {Prot((VmProt)step.Prot)}{(setMax ? " setmax" : "")}", Text(model.Protect(start, end, (VmProt)step.Prot, setMax)));
                break;
            case 7:
                var inheritance = (VmInherit)(step.Choice % 4);
                line($"inherit {range} {TraceText.Inherit(inheritance)}", Text(model.Inherit(start, end, inheritance)));
                break;
            case 8:
                var (name, clear, set) = Advice[(int)step.Choice % Advice.Length];
                model.Advise(start, end, clear, set);
                line($"madvise {range} {name}", "0");
                break;
            case 9 when step.Choice < 5:
                line($"check {Hex(start)} {Hex(Math.Min(end, Max))} {Prot(prot)}", model.Check(start, Math.Min(end, Max), prot) ? "TRUE" : "FALSE");
                break;
            case 9:
                line($"simplify {Hex(start)}", model.Simplify(start) ? "DONE" : "NOENTRY");
                break;
            case 10:
                var room = model.FindSpace(start, (step.Length + 1) * Page);
                line(
                    $"findspace {Hex(start)} {Hex((step.Length + 1) * Page)}",
                    room is { } found ? $"FOUND addr={Hex(found)}" : $"NONE addr={Hex(Max - ((step.Length + 1) * Page) + 1)}");
                break;
            case 11 or 12 when release == VmRelease.FreeBsd12:
                var down = step.Choice < 6;
                line(
                    $"stack {Hex(start)} {Hex(step.Length * Page)} {Prot(prot)} {Prot(max)} {(down ? "down" : "up")}",
                    Text(model.Stack(start, step.Length * Page, prot, max, down)));
                break;
            case 13 or 14 when release == VmRelease.FreeBsd12:
                line($"grow {Hex(start + (step.Choice * 17))}", Text(model.Grow(start + (step.Choice * 17))));
                break;
            case 15 when release == VmRelease.FreeBsd12 && !((prot & VmProt.Write) != 0 && model.WouldCopy(start, start + 1))
                && !(model.At(start) is { Wired: > 0 } && model.WouldCopy(start, start + 1)):
                var answer = model.Fault(start, prot, out var permitted);
                line($"fault {Hex(start)} {Prot(prot)}", answer == KernReturn.Success ? $"KERN_SUCCESS prot={TraceText.Prot(permitted)} wired={(model.At(start)!.Wired > 0 ? 1 : 0)}" : Text(answer));
                break;
        }
    }

    private static readonly (string Name, VmEntryFlags Clear, VmEntryFlags Set)[] Advice =
    [
        ("nocore", VmEntryFlags.None, VmEntryFlags.NoCoreDump),
        ("core", VmEntryFlags.NoCoreDump, VmEntryFlags.None),
        ("nosync", VmEntryFlags.None, VmEntryFlags.NoSync),
        ("autosync", VmEntryFlags.NoSync, VmEntryFlags.None),
        ("random", VmEntryFlags.Sequential, VmEntryFlags.Random),
        ("seq", VmEntryFlags.Random, VmEntryFlags.Sequential),
        ("normal", VmEntryFlags.Sequential | VmEntryFlags.Random, VmEntryFlags.None),
    ];

    /// <summary>What is mapped, and the words of a trace for it.</summary>
    private static (ModelEntry Kind, string Words) Kind(VmRelease release, uint choice, ulong start, VmProt prot, VmProt max) => choice switch
    {
        1 => (new ModelEntry { Prot = prot, Max = max, Flags = VmEntryFlags.NoSync }, " nosync"),
        2 => (new ModelEntry { Prot = prot, Max = max, Flags = VmEntryFlags.NoCoreDump }, " nocore"),
        3 => (new ModelEntry { Prot = prot, Max = max, Inheritance = VmInherit.Share }, " share"),
        4 when release == VmRelease.FreeBsd12 => (new ModelEntry { Flags = VmEntryFlags.Guard }, " guard"),
        5 => (new ModelEntry { Prot = prot, Max = max, Object = File, Offset = start }, $" obj=1 off={Hex(start)}"),
        6 => (
            new ModelEntry { Prot = prot, Max = max, Object = File, Offset = start, Flags = VmEntryFlags.CopyOnWrite | VmEntryFlags.NeedsCopy },
            $" obj=1 off={Hex(start)} cow"),
        _ => (new ModelEntry { Prot = prot, Max = max }, ""),
    };

    private static readonly VmObject File = new(VmObjectKind.Vnode, 1 << 20, number: 1);

    private static string Text(KernReturn answer) => TraceText.Answer(answer);

    private static string Hex(ulong number) => TraceText.Hex(number);

    private static string Prot(VmProt prot) => prot == VmProt.None ? "none" : TraceText.Prot(prot);
}
