// Recordings that look like those of a real program: a server with worker threads, a parser that recurses, children, and an overflow if wanted.
namespace Growstack.Recording.Tests;

/// <summary>Writes a made-up run to a sink. The same seed gives the same recording.</summary>
internal sealed class SyntheticRun
{
    private const ulong Page = 4096, Unit = 128 << 10;

    private readonly IRecordingSink _sink;
    private readonly Random _random;
    private readonly ChainTable _chains;
    private readonly Dictionary<string, int> _frames = [];
    private int _stack;

    private SyntheticRun(IRecordingSink sink, int seed)
    {
        _sink = sink;
        _random = new Random(seed);
        _chains = new ChainTable(sink);
    }

    public sealed record Shape
    {
        public int Threads { get; init; } = 40;

        public int Growths { get; init; } = 1500;

        public bool Overflow { get; init; } = true;

        public bool Cut { get; init; }

        public bool Maps { get; init; } = true;

        public int Seed { get; init; } = 7;

        public IReadOnlyList<string> Command { get; init; } = ["/usr/bin/tileserver", "--workers", "32", "--config", "/etc/tileserver.toml"];
    }

    private sealed record Live(int Id, int Tid, string Name, StackLine Line, double Appetite, string[] Path, string[] Cycle)
    {
        public ulong Edge { get; set; }

        public long Last { get; set; }

        public long Count { get; set; }

        public bool Overflowed { get; set; }
    }

    public static void Write(IRecordingSink sink, Shape shape) => new SyntheticRun(sink, shape.Seed).Write(shape);

    public static byte[] Bytes(Shape shape)
    {
        using var stream = new MemoryStream();
        using (var writer = new RecordingWriter(stream, "synthetic"))
            Write(writer, shape);

        return stream.ToArray();
    }

    public static RecordedRun Load(Shape shape) => RecordedRun.Load(new MemoryStream(Bytes(shape)), "tileserver.growstack.jsonl");

    private void Write(Shape shape)
    {
        const int pid = 4711;
        const long length = 8_400_000;
        _sink.Write(new StartLine(1, "0.1.0", new DateTimeOffset(2026, 3, 14, 9, 26, 53, TimeSpan.Zero), shape.Command, "freebsd12", Unit, 1, (int)Page, [new("--record", "tileserver.growstack.jsonl"), new("--explain", "")]));
        _sink.Write(new ProcessLine(0, pid, 0, shape.Command, ProcessOrigin.Start));
        var lives = new List<Live> { Announce(0, pid, pid, "tileserver", StackKind.Main, 0x7ffe_4a00_0000, 8 << 20, "RLIMIT_STACK", "", 0.1, ["_start", "__libc_start_main", "main", "event_loop"], ["render_template", "expand_block"]) };
        for (var i = 0; i < shape.Threads; i++)
            lives.Add(AnnounceThread(pid, i));

        var child = Announce(1_900_000, 4790, 4790, "", StackKind.Main, 0x7ffd_1200_0000, 8 << 20, "RLIMIT_STACK", "", 0.02, ["_start", "__libc_start_main", "main"], ["convert_tile"], fork: pid);
        lives.Add(child);
        Grow(lives, shape.Growths, length);
        var victim = lives.Find(l => l.Name == "worker-3");
        if (shape.Overflow && victim is not null)
            Overflow(victim, pid, length);

        if (shape.Cut)
            return;

        foreach (var live in lives)
            _sink.Write(new PeakLine(Math.Max(live.Last, length - (live == child ? 3_000_000 : 100)), live.Id, live.Tid, Used(live), live.Count, live.Line.High - live.Edge));

        if (shape.Maps)
            _sink.Write(new MapLine(length, pid, Map([.. lives.Where(l => l != child)])));

        _sink.Write(new ExitLine(length - 3_000_000, 4790, 0, null));
        _sink.Write(shape.Overflow ? new ExitLine(length + 40, pid, null, "SIGSEGV") : new ExitLine(length + 40, pid, 0, null));
        _sink.Write(new EndLine(length + 60, shape.Overflow ? 139 : 0));
    }

    private Live AnnounceThread(int pid, int i)
    {
        var at = 2_000L + (i * 1_300) + _random.Next(900);
        var low = 0x7f21_4000_0000 + ((ulong)i * (9 << 20));
        string[] entry = ["start_thread", "thread_main"];
        return (i % 10) switch
        {
            0 => Announce(at, pid, pid + 1 + i, $"io-{i / 10}", StackKind.Thread, low + (8 << 20), 8 << 20, "RLIMIT_STACK", "glibc", 0.01, [.. entry, "io_loop"], ["io_submit"]),
            1 => Announce(at, pid, pid + 1 + i, $"log-{i / 10}", StackKind.Thread, low + (256 << 10), 256 << 10, "pthread attribute", "glibc", 0.8, [.. entry, "log_drain"], ["vfprintf"]),
            2 => Announce(at, pid, pid + 1 + i, $"js-{i / 10}", StackKind.Thread, low + (2 << 20), 2 << 20, "pthread attribute", "glibc", 0.35, [.. entry, "js::run"], ["js::Interpret", "js::RunScript", "js::InternalCall"]),
            _ => Announce(at, pid, pid + 1 + i, $"worker-{i}", StackKind.Thread, low + (8 << 20), 8 << 20, "RLIMIT_STACK", "glibc", i == 3 ? 1 : 0.03 + (0.4 * Math.Pow(_random.NextDouble(), 3)), [.. entry, "worker::serve", "geojson::parse"], ["geojson::parse_value", "geojson::parse_array", "geojson::parse_object"]),
        };
    }

    private Live Announce(long at, int pid, int tid, string name, StackKind kind, ulong high, ulong limit, string from, string role, double appetite, string[] path, string[] cycle, int fork = 0)
    {
        if (fork != 0)
        {
            _sink.Write(new ProcessLine(at, pid, fork, ["/usr/bin/tileserver"], ProcessOrigin.Fork));
            at += 700;
            _sink.Write(new ProcessLine(at, pid, fork, ["/usr/bin/convert", "in.png", "out.webp"], ProcessOrigin.Exec));
        }

        if (name.Length > 0)
            _sink.Write(new ThreadLine(at, pid, tid, name));

        var first = kind == StackKind.Main ? Unit : Math.Min(limit / 2, Unit);
        var line = new StackLine(at, _stack++, pid, tid, kind, role, high - limit - Page, high, Page, first, limit, from);
        _sink.Write(line);
        return new Live(line.Stack, tid, name, line, appetite, path, cycle) { Edge = high - first, Last = at };
    }

    private void Grow(List<Live> lives, int wanted, long length)
    {
        // Each stack may grow to its appetite; the wanted growths are dealt out by it.
        var hunger = lives.Sum(l => l.Appetite * Math.Sqrt(l.Line.Limit));
        var growths = new List<(long At, Live Who, ulong To)>();
        foreach (var live in lives)
        {
            var depth = (ulong)(live.Appetite * (live.Line.Limit - live.Line.Mapped)) / Page * Page;
            var count = Math.Min((int)(depth / Page), Math.Max(1, (int)(wanted * live.Appetite * Math.Sqrt(live.Line.Limit) / hunger)));
            if (wanted > 20_000)
                count = Math.Max(1, wanted / lives.Count);

            var times = Enumerable.Range(0, count).Select(_ => live.Line.At + (long)((length - 10_000 - live.Line.At) * (live.Appetite >= 1 ? 1 - Math.Pow(_random.NextDouble(), 0.35) * 0.6 : Math.Pow(_random.NextDouble(), 1.4)))).Order().ToArray();
            for (var i = 0; i < count; i++)
                growths.Add((times[i], live, live.Line.High - live.Line.Mapped - (depth * (ulong)(i + 1) / (ulong)count / Page * Page)));
        }

        foreach (var (at, live, to) in growths.OrderBy(g => g.At))
        {
            var next = Math.Min(to, live.Edge);
            if (next == live.Edge && wanted <= 20_000)
                continue;

            _sink.Write(new GrowthLine(at, live.Id, live.Tid, live.Edge - 8 - (ulong)_random.Next(500), live.Edge, next, Chain(live, next)));
            live.Edge = next;
            live.Last = at;
            live.Count++;
        }
    }

    private int Chain(Live live, ulong edge)
    {
        var depth = (int)((live.Line.High - edge) / (700 + (ulong)_random.Next(90)));
        return Chain(live, Math.Clamp(depth, 1, 60), Math.Max(0, depth - 60));
    }

    private int Chain(Live live, int recursion, long more, bool sized = false)
    {
        var frames = new List<int>();
        string[] leaves = ["memcpy", "utf8::validate", "alloca_buffer", "std::vector<double>::_M_realloc_insert", "snprintf"];
        if (_random.Next(3) != 0)
            frames.Add(Frame(leaves[_random.Next(leaves.Length)]));

        for (var i = 0; i < recursion; i++)
            frames.Add(Frame(live.Cycle[(recursion - i) % live.Cycle.Length]));

        var outer = live.Path.Reverse().Select(Frame).ToArray();
        var inner = more > 0 ? frames.ToArray() : [.. frames, .. outer];
        var rest = more > 0 ? outer : [];
        var sizes = sized ? Enumerable.Range(0, inner.Length + rest.Length).Select(i => i < inner.Length - outer.Length ? 176UL + (ulong)(i % 3 * 16) : 240UL).ToArray() : [];
        return _chains.Chain(inner, more, rest, sizes);
    }

    private int Frame(string function)
    {
        if (_frames.TryGetValue(function, out var frame))
            return frame;

        var (module, file) = function switch
        {
            "_start" or "main" or "event_loop" or "thread_main" or "io_loop" or "io_submit" or "log_drain" => ("/usr/bin/tileserver", "src/main.cc"),
            "__libc_start_main" or "start_thread" or "memcpy" or "vfprintf" or "snprintf" => ("/usr/lib/x86_64-linux-gnu/libc.so.6", null),
            _ when function.StartsWith("js::", StringComparison.Ordinal) => ("/usr/lib/libmozjs-128.so", "js/src/vm/Interpreter.cpp"),
            _ when function.StartsWith("std::", StringComparison.Ordinal) => ("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", null),
            _ when function.StartsWith("geojson::", StringComparison.Ordinal) => ("/usr/lib/libgeojson.so.4", "src/geojson/parser.cc"),
            _ => ("/usr/bin/tileserver", (string?)"src/render.cc"),
        };
        return _frames[function] = _chains.Frame(function, module, file, file is null ? null : 40 + (function.Length * 7));
    }

    private void Overflow(Live live, int pid, long at)
    {
        var limit = live.Line.High - live.Line.Limit;
        while (live.Edge > limit)
        {
            var to = Math.Max(limit, live.Edge - (1 << 20));
            _sink.Write(new GrowthLine(at - 4_000 + live.Count, live.Id, live.Tid, live.Edge - 16, live.Edge, to, Chain(live, to)));
            live.Edge = to;
            live.Count++;
        }

        live.Overflowed = true;
        var chain = Chain(live, 41_732, 0, sized: true);
        _sink.Write(new OverflowLine(at, live.Id, pid, live.Tid, limit - 56, 0x7f21_3f8a_12c4, 56, live.Line.Limit, live.Line.LimitFrom, chain, [
            $"stack overflow: thread 'worker-3' ({live.Tid}) of tileserver ({pid})",
            "",
            "  limit        8 MiB, from RLIMIT_STACK (glibc's default for threads)",
            $"  address      0x{limit - 56:x}, 56 bytes below the limit",
            "  instruction  0x7f213f8a12c4, geojson::parse_value at src/geojson/parser.cc:182",
            "",
            "  geojson::parse_value → geojson::parse_array → geojson::parse_object, 13 911 times",
            "    geojson::parse_value    src/geojson/parser.cc:182   176 bytes a frame",
            "    geojson::parse_array    src/geojson/parser.cc:231   192 bytes a frame",
            "    geojson::parse_object   src/geojson/parser.cc:259   208 bytes a frame",
            "  geojson::parse            src/geojson/parser.cc:88",
            "  worker::serve             src/render.cc:131",
            "  thread_main → start_thread",
            "",
            "  What to do: give threads a larger stack (pthread_attr_setstacksize, or 'ulimit -s'),",
            "  or limit how deep the input may nest. growstack run --explain says how much it needs.",
        ]));
    }

    private static ulong Used(Live live) =>
        live.Overflowed ? live.Line.Limit : Math.Max(Page, live.Line.High - live.Edge - (ulong)(live.Id * 4096 % (64 << 10)));

    private static List<MapEntryLine> Map(List<Live> lives)
    {
        var map = new List<MapEntryLine>
        {
            new(0x5581_2c00_0000, 0x5581_2c02_a000, "r--", MapEntryKind.File, "/usr/bin/tileserver"),
            new(0x5581_2c02_a000, 0x5581_2c31_0000, "r-x", MapEntryKind.File, "/usr/bin/tileserver"),
            new(0x5581_2c31_0000, 0x5581_2c3a_0000, "rw-", MapEntryKind.File, "/usr/bin/tileserver"),
            new(0x5581_2d00_0000, 0x5581_2f84_0000, "rw-", MapEntryKind.Anonymous, "[heap]"),
        };
        string[] libraries = ["libmozjs-128.so", "libgeojson.so.4", "libstdc++.so.6", "libc.so.6"];
        var at = 0x7f21_3f00_0000UL;
        foreach (var library in libraries)
        {
            foreach (var protection in new[] { "r--", "r-x", "rw-" })
            {
                map.Add(new(at, at + 0x8_0000, protection, MapEntryKind.File, "/usr/lib/" + library));
                at += 0x8_0000;
            }
        }

        foreach (var live in lives.OrderBy(l => l.Line.Low))
        {
            var guard = live.Line.Low + live.Line.Guard;
            map.Add(new(live.Line.Low, guard, "---", MapEntryKind.Guard, live.Name));
            if (guard < live.Edge)
                map.Add(new(guard, live.Edge, "---", MapEntryKind.Gap, live.Name));
            map.Add(new(live.Edge, live.Line.High, "rw-", MapEntryKind.Stack, live.Name));
        }

        map.Add(new(0x7fff_e000_0000, 0x7fff_e000_4000, "r--", MapEntryKind.Anonymous, "[vvar]"));
        map.Add(new(0x7fff_e000_4000, 0x7fff_e000_6000, "r-x", MapEntryKind.Anonymous, "[vdso]"));
        return map;
    }
}
