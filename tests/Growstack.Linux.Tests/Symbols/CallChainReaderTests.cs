// Call chains of real programs, compared with the calls they are known to have made.
using Growstack.Linux.Inspection;
using Growstack.Linux.Native;
using Growstack.Linux.Symbols;
using Growstack.Linux.Tests.Fixtures;

namespace Growstack.Linux.Tests.Symbols;

public sealed class CallChainReaderTests
{
    // A busy machine must not end a chain early.
    private static readonly CallChainOptions Patient = CallChainOptions.Full with { MostTime = TimeSpan.FromMinutes(5) };

    public CallChainReaderTests() => Assert.SkipUnless(CallChainSupport.Here.IsAvailable, CallChainSupport.Here.Explanation);

    [Theory]
    [InlineData("gcc", "-O0 -g -pthread")]
    [InlineData("gcc", "-O2 -fomit-frame-pointer -pthread")]
    [InlineData("gcc", "-O2 -pthread -static")]
    [InlineData("gcc", "-O1 -fno-omit-frame-pointer -pthread -static-pie")]
    [InlineData("musl-gcc", "-O2 -pthread -static")]
    public void A_plain_chain_names_its_functions_to_the_outermost(string compiler, string flags)
    {
        var chain = Read(CProgram.Build("chain.c", flags, compiler), ["plain"]);

        Assert.Equal(["stand_still", "inner", "middle", "outer", "main"], Names(chain).Take(5));
        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.Null(chain.Estimate);
        Assert.Equal("middle", chain.LargestFrames[0].Function);
        Assert.InRange(chain.LargestFrames[0].Largest, 3000UL, 3100UL);
    }

    [Fact]
    public void Debug_information_gives_files_and_lines()
    {
        var chain = Read(CProgram.Build("chain.c", "-O0 -g -pthread"), ["plain"]);

        var middle = chain.Parts.SelectMany(p => p.Frames).Single(f => f.Function == "middle");
        Assert.EndsWith("chain.c", middle.SourceFile);
        Assert.Contains("inner(); sink += room[0];", File.ReadLines(middle.SourceFile!).ElementAt(middle.Line - 1), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_debug_information_there_are_names_but_no_lines()
    {
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), ["plain"]);

        Assert.All(chain.Parts.SelectMany(p => p.Frames).Where(f => f.Module!.EndsWith("chain", StringComparison.Ordinal)), f => Assert.Null(f.SourceFile));
    }

    [Fact]
    public void A_stripped_program_is_listed_once_and_still_unwound()
    {
        var program = CProgram.Build("chain.c", "-O2 -s -pthread -static");
        var chain = Read(program, ["mutual", "1000"]);

        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.Equal([program], chain.StrippedModules);
        Assert.InRange(chain.FrameCount, 3003, 3012);
        Assert.Contains(chain.Parts, p => p is { Kind: CallChainPartKind.Cycle, Repetitions: > 990 });
        Assert.StartsWith("chain+0x", chain.Parts[0].Frames[0].Label);
    }

    [Fact]
    public void Without_unwinding_tables_frame_pointers_serve()
    {
        var flags = "-O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables -pthread";
        var chain = Read(CProgram.Build("chain.c", flags), ["plain"]);

        Assert.Equal(["stand_still", "inner", "middle", "outer", "main"], Names(chain).Take(5));
    }

    [Fact]
    public void Frames_without_tables_or_frame_pointers_are_passed_by_searching_the_stack()
    {
        // musl comes without unwinding tables: raise(3) stands between the signal's frame and the program.
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread -static", "musl-gcc"), ["signal"]);

        Assert.Equal(["interrupted", "main"], Names(chain).SkipWhile(n => n != "interrupted").Take(2));
        Assert.Contains(chain.Parts, p => p.Frames[0].IsGuessed);
    }

    [Fact]
    public void A_thread_ends_where_it_started()
    {
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), ["thread"]);

        Assert.Equal(["stand_still", "inner", "middle", "outer", "in_thread"], Names(chain).Take(5));
        Assert.Equal(CallChainEnd.Complete, chain.End);
    }

    [Theory]
    [InlineData("signal")]
    [InlineData("altstack")]
    public void A_signals_frame_is_passed_to_what_it_interrupted(string how)
    {
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), [how]);

        var names = Names(chain).ToList();
        Assert.Equal(["stand_still", "inner", "on_signal"], names.Take(3));
        Assert.Equal(["interrupted", "main"], names.SkipWhile(n => n != "interrupted").Take(2));
        Assert.Single(chain.Parts, p => p.Frames[0].IsSignal);
        Assert.Equal(CallChainEnd.Complete, chain.End);
    }

    [Theory]
    [InlineData("-O0 -g -pthread", 100_000)]
    [InlineData("-O2 -fomit-frame-pointer -pthread", 130_000)]
    [InlineData("-O2 -fno-omit-frame-pointer -pthread", 130_000)]
    public void Recursion_is_folded_and_counted_exactly(string flags, int depth)
    {
        var chain = Read(CProgram.Build("chain.c", flags), ["recurse", $"{depth}"]);

        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.Null(chain.Estimate);
        var cycle = Assert.Single(chain.Parts, p => p.Kind == CallChainPartKind.Cycle);
        Assert.Equal("recurse", Assert.Single(cycle.Frames).Function);
        Assert.Equal(depth + 1, cycle.Repetitions);
        Assert.Equal(cycle.Repetitions, chain.LargestFrames.Single(f => f.Function == "recurse").Count);
    }

    [Fact]
    public void Mutual_recursion_is_folded_as_one_cycle()
    {
        const int Depth = 10_000;
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), ["mutual", $"{Depth}"]);

        var cycle = Assert.Single(chain.Parts, p => p.Kind == CallChainPartKind.Cycle);
        Assert.Equal(["parse_expr", "parse_factor", "parse_term"], cycle.Frames.Select(f => f.Function!).Order());
        Assert.InRange(cycle.Repetitions, Depth, Depth + 1);
        Assert.Equal(Depth + 1, chain.LargestFrames.Single(f => f.Function == "parse_term").Count);
    }

    [Fact]
    public void Recursion_in_no_fixed_order_becomes_a_mixture_told_by_function()
    {
        const int Depth = 50_000;
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), ["mixed", $"{Depth}"]);

        Assert.Equal(CallChainEnd.Complete, chain.End);
        var mixture = Assert.Single(chain.Parts, p => p.Kind == CallChainPartKind.Mixture);
        Assert.Equal(["mix_a", "mix_b"], mixture.Frames.Select(f => f.Function!).Order());
        Assert.Equal(mixture.FrameCount, mixture.Frames.Sum(f => f.Count));
        Assert.Equal(chain.FrameCount, chain.Parts.Sum(p => p.FrameCount));
        Assert.True(chain.Parts.Count < 400);
    }

    [Fact]
    public void Frames_of_varying_size_are_followed()
    {
        const int Depth = 20_000;
        var chain = Read(CProgram.Build("chain.c", "-O2 -pthread"), ["vla", $"{Depth}"]);

        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.Equal(Depth + 1, chain.LargestFrames.Single(f => f.Function == "vla").Count);
    }

    [Theory]
    [InlineData("-O0 -g -pthread", "endless")]
    [InlineData("-O2 -fomit-frame-pointer -fno-optimize-sibling-calls -pthread", "endless")]
    [InlineData("-O2 -fno-optimize-sibling-calls -pthread", "swing", "mutual")]
    public void An_overflow_is_read_to_its_beginning(string flags, string function, params string[] more)
    {
        var chain = Read(CProgram.Build("chain.c", flags), ["overflow", .. more], atFault: true);

        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.True(chain.FrameCount > 20_000);
        Assert.Contains(chain.Parts, p => p.Kind == CallChainPartKind.Cycle && p.Frames.Any(f => f.Function == function) && p.Repetitions > 10_000);
        Assert.Contains("main", Names(chain));
    }

    [Fact]
    public void A_chain_cut_short_finds_its_outermost_frames_and_says_how_it_counted()
    {
        var program = CProgram.Build("chain.c", "-O2 -pthread");
        const int Depth = 100_000;
        var chain = StoppedProgram.Look(program, ["recurse", $"{Depth}"], (pid, _, registers) =>
        {
            using var reader = CallChainReader.Open(pid)!;
            var end = StackInspector.Inspect(pid).Threads.Single(t => t.Origin == StackOrigin.Main).End;
            return reader.Read(registers, new CallChainOptions { MostFrames = 5000, StackEnd = end });
        });

        Assert.Equal(CallChainEnd.Complete, chain.End);
        Assert.Contains("5000 frames were followed", chain.Estimate);
        Assert.Contains("main", Names(chain));
        Assert.Single(chain.Parts, p => p.Kind == CallChainPartKind.Gap);
        Assert.InRange(chain.FrameCount, Depth, Depth + 100);
    }

    [Fact]
    public void The_time_limit_ends_a_chain_and_the_count_is_estimated()
    {
        const int Depth = 100_000;
        var chain = StoppedProgram.Look(CProgram.Build("chain.c", "-O2 -pthread"), ["recurse", $"{Depth}"], (pid, _, registers) =>
        {
            using var reader = CallChainReader.Open(pid)!;
            var end = StackInspector.Inspect(pid).Threads.Single(t => t.Origin == StackOrigin.Main).End;
            return reader.Read(registers, CallChainOptions.Full with { MostTime = TimeSpan.Zero, StackEnd = end });
        });

        Assert.NotNull(chain.Estimate);
        Assert.InRange(chain.FrameCount, Depth, Depth + 100);
    }

    [Fact]
    public void Cplusplus_names_are_demangled_where_possible()
    {
        var chain = Read(CProgram.Build("chain.cpp", "-O1", "g++"), []);

        string[] expected = Demangler.IsAvailable
            ? ["demo::stand_still()", "void demo::Node::visit<long>(long)", "demo::Node::~Node()", "main"]
            : ["_ZN4demo11stand_stillEv", "_ZN4demo4Node5visitIlEEvT_", "_ZN4demo4NodeD2Ev", "main"];
        Assert.Equal(expected, Names(chain).Take(4));
    }

    [Fact]
    public void The_brief_form_gives_the_innermost_addresses_to_be_named_later()
    {
        var (addresses, frames) = StoppedProgram.Look(CProgram.Build("chain.c", "-O0 -g -pthread"), ["plain"], (pid, _, registers) =>
        {
            using var reader = CallChainReader.Open(pid)!;
            var found = new ulong[3];
            Assert.Equal(3, reader.ReadAddresses(registers, found));
            return (found, found.Select((a, i) => reader.Describe(a, isInnermost: i == 0, withLine: true)).ToArray());
        });

        Assert.Equal(3, addresses.Distinct().Count());
        Assert.Equal(["stand_still", "inner", "middle"], frames.Select(f => f.Function));
        Assert.All(frames, f => Assert.EndsWith("chain.c", f.SourceFile));
    }

    [Fact]
    public void A_library_loaded_after_the_reader_was_opened_is_found()
    {
        var library = CProgram.Build("late.c", "-O1 -shared -fPIC");
        CallChainReader? reader = null;
        var chain = StoppedProgram.LookAtFault(
            CProgram.Build("chain.c", "-O1 -pthread"),
            ["library", library],
            (_, _, registers) => reader!.Read(registers, Patient),
            atReady: pid => reader = CallChainReader.Open(pid));
        reader!.Dispose();

        Assert.Equal(["late_inner", "late", "main"], Names(chain).Take(3));
        Assert.Equal(CallChainEnd.Complete, chain.End);
    }

    [Fact]
    public void A_call_through_a_null_pointer_shows_who_called()
    {
        var chain = Read(CProgram.Build("chain.c", "-O1 -pthread"), ["null"], atFault: true);

        Assert.Equal(["0x0", "call_nothing", "main"], Names(chain).Take(3));
        Assert.Equal(CallChainEnd.Complete, chain.End);
    }

    [Fact]
    public void A_process_that_is_gone_has_no_reader() => Assert.Null(CallChainReader.Open(int.MaxValue));

    private static CallChain Read(string program, string[] arguments, bool atFault = false)
    {
        static CallChain Look(int pid, int tid, Registers registers)
        {
            using var reader = CallChainReader.Open(pid)!;
            return reader.Read(registers, Patient);
        }

        return atFault ? StoppedProgram.LookAtFault(program, arguments, Look) : StoppedProgram.Look(program, arguments, Look);
    }

    private static IEnumerable<string> Names(CallChain chain) => chain.Parts.SelectMany(p => p.Frames).Select(f => f.Label);
}
