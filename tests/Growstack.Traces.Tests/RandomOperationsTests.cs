// Operations at random: nothing throws but what is refused, what is refused changes nothing, and the map stays consistent.
using CsCheck;
using Growstack.Maps;

namespace Growstack.Traces.Tests;

public class RandomOperationsTests
{
    private static readonly Gen<string> Address = Gen.Int[0, 36].Select(Gen.Int[0, 9], (page, odd) => odd switch
    {
        0 => $"0x{(page * 0x1000) + 0x800:x}",
        1 => page % 3 == 0 ? "-1" : "0",
        _ => $"0x{page * 0x1000:x}",
    });

    private static readonly Gen<string> Size = Gen.Int[0, 20].Select(pages => $"{pages}p");
    private static readonly Gen<string> Prot = OneOf("rw", "rwx", "r", "---", "w", "x", "rx");
    private static readonly Gen<string> Max = OneOf("rwx", "rwx", "rwx", "rw", "r", "---");
    private static readonly Gen<string> Flags = OneOf("", "", "", "cow", "share", "nocharge", "guard", "excl", "nofault", "charged", "down", "up", "nocore");
    private static readonly Gen<string> Object = OneOf("", "", "obj=1 off=0x1000", "obj=2 off=0x3000", "obj=3 off=0");
    private static readonly Gen<string> Wiring = OneOf("", "", "user", "system", "holesok", "holesok write", "system holesok");
    private static readonly Gen<string> Space = OneOf("none", "any", "optimal", "super", "align:13", "align:16");
    private static readonly Gen<string> Inherit = OneOf("share", "copy", "none", "zero", "7");
    private static readonly Gen<string> Advice = OneOf("normal", "random", "seq", "nosync", "autosync", "nocore", "core", "free");

    private static readonly Gen<string> Operation = Gen.OneOf(
        Gen.Select(Address, Size, Prot, OneOf("down", "up", "down up", ""), (a, s, p, d) => $"stack {a} {s} {p} rwx {d}"),
        Gen.Select(Address, Size, Prot, OneOf("down", "up"), (a, s, p, d) => $"stack {a} {s} {p} rwx {d}"),
        Address.Select(a => $"grow {a}"),
        Address.Select(a => $"grow {a}"),
        Gen.Select(Address, OneOf("rw", "r", "w", "rc", "none"), (a, p) => $"fault {a} {p}"),
        Gen.Select(Address, Address, Prot, Max, Flags, Object).Select(t => $"insert {t.Item1} {t.Item2} {t.Item3} {t.Item4} {t.Item5} {t.Item6}"),
        Gen.Select(Address, Size, Prot, Max, Flags, Object).Select(t => $"fixed {t.Item1} {t.Item2} {t.Item3} {t.Item4} {t.Item5} {t.Item6}"),
        Gen.Select(Address, Size, Prot, Space, Flags, Object).Select(t => $"find {t.Item1} {t.Item2} {t.Item3} rwx space={t.Item4} {t.Item5} {t.Item6}"),
        Gen.Select(Address, Size, (a, s) => $"findspace {a} {s}"),
        Gen.Select(Address, Address, OneOf("remove", "delete"), (s, e, op) => $"{op} {s} {e}"),
        Gen.Select(Address, Address, Prot, OneOf("", "", "setmax"), (s, e, p, m) => $"protect {s} {e} {p} {m}"),
        Gen.Select(Address, Address, Inherit, (s, e, i) => $"inherit {s} {e} {i}"),
        Gen.Select(Address, Address, Advice, (s, e, i) => $"madvise {s} {e} {i}"),
        Gen.Select(Address, Address, Wiring, OneOf("wire", "wire", "unwire"), (s, e, w, op) => $"{op} {s} {e} {w}"),
        Gen.Select(Address, Address, OneOf("sync", "check"), (s, e, op) => op == "sync" ? $"sync {s} {e} invalidate" : $"check {s} {e} r"),
        Address.Select(a => $"simplify {a}"),
        OneOf("fork", "use 0", "use 1", "use 2", "free 1", "wirefuture on", "wirefuture off", "set swap 40p", "set swap inf", "limit vmem 60p", "limit vmem inf",
            "limit memlock 9p", "limit memlock inf", "sysctl guard 0", "sysctl guard 2", "sysctl sgrowsiz 8192", "set stkgap_disable 1", "set max_user_wired 8",
            "set wirefail 0x9000", "set wirefail -1"));

    [Fact]
    public void Keep_the_map_consistent_and_refuse_without_a_trace()
    {
        var seeds = Gen.Select(Operation.List[1, 60], Gen.Bool, Gen.Bool);
        seeds.Sample((operations, twelve, objects) =>
        {
            var world = new TraceWorld(twelve ? VmRelease.FreeBsd12 : VmRelease.FreeBsd10);
            var writer = new TraceWriter(world, TextWriter.Null);
            writer.Write($"config min=0x1000 max=0x24000 sgrowsiz=4096 guard_pages=1{(objects ? "" : " objects=null")}");
            writer.Write("mkobj 1 anon 64");
            writer.Write("mkobj 2 vnode 64");
            foreach (var operation in operations)
            {
                var before = (StateDigest.Of(world.Map), world.Map.Size, world.System.ReservedSwap, world.System.UserWiredPages);
                var answer = writer.Write(operation);
                world.Map.CheckConsistency();
                if (answer.StartsWith(TraceWorld.Refused, StringComparison.Ordinal))
                    Assert.Equal(before, (StateDigest.Of(world.Map), world.Map.Size, world.System.ReservedSwap, world.System.UserWiredPages));
            }
        }, iter: 4000);
    }

    [Fact]
    public void What_is_recorded_replays()
    {
        Operation.List[1, 60].Sample(operations =>
        {
            var text = new StringWriter();
            var writer = new TraceWriter(new TraceWorld(VmRelease.FreeBsd12), text);
            writer.Write("config min=0x1000 max=0x24000 sgrowsiz=4096");
            foreach (var operation in operations)
                writer.Write(operation);
            Assert.Null(Replayer.Replay(TraceReader.Read(new StringReader(text.ToString()), "trace"), VmRelease.FreeBsd12).First);
        }, iter: 300);
    }

    private static Gen<string> OneOf(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);
}
