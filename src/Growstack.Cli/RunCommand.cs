// growstack run: a program on stacks that grow on demand, and what is said of them afterwards.
using System.CommandLine;
using Growstack.Cli.Live;
using Growstack.Linux;
using Growstack.Linux.Observing;
using Growstack.Maps;

namespace Growstack.Cli;

/// <summary>The verb <c>run</c>.</summary>
internal sealed class RunCommand : Command, ITeach
{
    private const int PageSize = 4096;
    private const ulong UsualReserve = 1UL << 30;

    private readonly Argument<string[]> _program = new("PROGRAM")
    {
        Description = "The program and its arguments, best written after '--'. Nothing from there on is interpreted.",
        Arity = ArgumentArity.ZeroOrMore,

        // The parser's own conversion makes the array by reflection, at every start.
        CustomParser = result => [.. result.Tokens.Select(token => token.Value)],
    };

    private readonly Option<ulong?> _stack = OptionTypes.Size(
        "--stack", "Limit of each process's main stack, as 'ulimit -s' would set it: 64k, 8M, 1G, unlimited (default: the soft RLIMIT_STACK).", 16 * PageSize);

    private readonly Option<ulong?> _threadStack = OptionTypes.Size(
        "--thread-stack", "Size of every thread's stack, smaller or larger than the program asks for: 128k, 16M (default: as it asks).", 4 * PageSize);

    private readonly Option<Platform?> _as = OptionTypes.Choice<Platform?>(
        "--as", string.Join('|', Platform.All.Select(platform => platform.Name)),
        "Main and thread stacks as another platform gives them (docs/platforms.md); --stack and --thread-stack go before.",
        null, [.. Platform.All.Select(platform => (platform.Name, (Platform?)platform))]);

    private readonly Option<ulong?> _explain = new("--explain")
    {
        Description = "Let stacks go on past their limits, by up to SIZE, written --explain=SIZE (default: 1G), and say what they would have needed. RLIMIT_STACK stays as it is.",
        HelpName = "SIZE",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => OptionTypes.ParseSize(result, "--explain", PageSize),
    };

    private readonly Option<ulong?> _growth = OptionTypes.Size(
        "--sgrowsiz", "What is mapped of a new stack, and the unit in which stacks grow (default: 128k).", PageSize);

    private readonly Option<int?> _guard = OptionTypes.Count(
        "--guard", "PAGES", "Guard pages kept below each stack (default: 1 in release 12, 0 in release 10).", 0, 65536);

    private readonly Option<ulong?> _vmem = OptionTypes.Size(
        "--vmem", "Limit of each process's address space, RLIMIT_VMEM: beyond it mappings and growth fail (default: none).", PageSize);

    private readonly Option<VmRelease> _release = OptionTypes.Choice(
        "--release", "10|12", "Whose stacks: FreeBSD 12's, guarded, or FreeBSD 10's, as the manual page describes them (default: 12).",
        VmRelease.FreeBsd12, ("10", VmRelease.FreeBsd10), ("12", VmRelease.FreeBsd12));

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print no summary." };

    private readonly Option<bool> _allThreads = new("--all-threads") { Description = "A line of the summary for every thread; else alike threads share one." };

    private readonly Option<string?> _json = new("--json")
    {
        Description = "Write what was measured to FILE, for scripts; docs/json.md describes it.",
        HelpName = "FILE",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<string?> _record = new("--record")
    {
        Description = "Record what happens to every stack to FILE, which can be read after a crash; 'growstack report FILE' makes a page of it.",
        HelpName = "FILE",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<string?> _live = new("--live")
    {
        Description = "Show the stacks while the program runs: in the lowest rows of this terminal or, written --live=TTY, on a second one.",
        HelpName = "TTY",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _map = new("--map") { Description = "Print each process's final address map, in the manner of procstat -v." };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Follow all memory, not only what may concern a stack, compare the map with the kernel's at every exec, fork and exit, and fail on any difference.",
    };

    /// <summary>Makes the verb.</summary>
    public RunCommand()
        : base("run", "Run a program on stacks that grow on demand, and say afterwards how much of them it used.")
    {
        Arguments.Add(_program);
        foreach (Option option in new Option[] { _stack, _threadStack, _as, _explain, _growth, _guard, _vmem, _release, _quiet, _allThreads, _json, _record, _live, _map, _verify })
            Options.Add(option);

        Validators.Add(result =>
        {
            var words = result.GetValue(_program) ?? [];
            if (words.Length == 0)
                result.AddError("there is no program to run. Write it last: growstack run [options] -- PROGRAM [ARG...]");
        });
        SetAction(Run);
    }

    /// <inheritdoc/>
    public string Lesson => """
        The program's input, output, exit status and signals are its own. growstack speaks on
        standard error only, after the program has ended (with --live, on a terminal, before).

        Examples:
          growstack run -- ./server --port 8080        how much stack does it really need?
          growstack run --stack 256k -- ./parser in    does it still work with 256 KiB?
          growstack run --stack 1G -- ./deep           more than 'ulimit -s' gives it
          growstack run --explain -- ./prog            go on past the limit: how much would do?
          growstack run --as musl -- ./server          would it do with Alpine's 128 KiB threads?
          growstack run --json out.json -q -- make     measure every process of a build
          growstack run --record r.jsonl -- ./server   then: growstack report r.jsonl
          growstack run --live -- make -j4             watch the stacks while it runs

        Exit status: the program's; 128+n if signal n ended it; 125 if growstack failed,
        126 if the program cannot be executed, 127 if it was not found. With --explain
        122 if a stack went past its limit, whatever the program ended with.
        """;

    private int Run(ParseResult line)
    {
        var program = line.GetValue(_program)!;
        var platform = line.GetValue(_as);
        var options = new RunOptions
        {
            Command = program,
            RawCommand = OwnCommandLine.Tail(program),
            StackLimit = line.GetValue(_stack) ?? platform?.MainStack,
            ThreadStackSize = line.GetValue(_threadStack) ?? platform?.ThreadStack,
            Reserve = line.GetResult(_explain) is { Implicit: false } ? line.GetValue(_explain) ?? UsualReserve : null,
            StackGrowthSize = line.GetValue(_growth) ?? 128 * 1024,
            GuardPages = line.GetValue(_guard),
            VmemLimit = line.GetValue(_vmem),
            Release = line.GetValue(_release),
            KeepMaps = line.GetValue(_map) || line.GetValue(_record) is not null,
            Verify = line.GetValue(_verify),
            ForwardSignals = true,
            OnCallingThread = true,
            IgnoreBrokenPipe = StartState.PipeWasIgnored,
        };

        // Opened first: a file that cannot be written should be known before the program does its work.
        using var json = OpenJson(line.GetValue(_json), out var refused);
        if (refused)
            return ExitCode.Failure;

        using var recording = line.GetValue(_record) is { } file ? RunRecording.Open(file, options, line) : null;
        if (recording is null && line.GetValue(_record) is not null)
            return ExitCode.Failure;

        var view = line.GetResult(_live) is { Implicit: false } ? LiveView.Open(line.GetValue(_live)) : null;
        if (view is null && line.GetResult(_live) is { Implicit: false })
            return ExitCode.Failure;

        RunResult result;
        using (view)
            result = TracedRun.Run(options, Together(recording?.Recorder, view?.Stacks));
        if (result.Message is { } message)
            Console.Error.WriteLine($"growstack: {message}");

        bool exceeded = result.Processes.Any(process => process.Overflows.Any(overflow => overflow.LetThrough));
        int exitCode = exceeded && result.Status is (RunStatus.Exited or RunStatus.Signaled) ? ExitCode.LimitExceeded : result.SuggestedExitCode;
        recording?.Finish(exitCode);
        if (line.GetValue(_map))
            AddressMapWriter.Write(Console.Error, result.Processes);
        if (!line.GetValue(_quiet))
            RunSummary.Write(Console.Error, result, Terminal.Error, line.GetValue(_allThreads));
        if (json is not null && !TryWriteJson(json, options, result))
            return ExitCode.Failure;

        return exitCode;
    }

    private static IRunObserver? Together(RunRecorder? recorder, LiveStacks? stacks) => (recorder, stacks) switch
    {
        (not null, not null) => new ObserverGroup(recorder, stacks),
        _ => (IRunObserver?)recorder ?? stacks,
    };

    private static FileStream? OpenJson(string? path, out bool refused)
    {
        refused = false;
        if (path is null)
            return null;

        try
        {
            // Without a buffer, which would be written once more, and fail once more, when the file is closed.
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            Console.Error.WriteLine($"growstack: --json: cannot write {path}: {FileFailure.Reason(e, path)}. Nothing was started.");
            refused = true;
            return null;
        }
    }

    private static bool TryWriteJson(FileStream file, RunOptions options, RunResult result)
    {
        try
        {
            RunJson.Write(file, options, result);
            file.Flush();
            return true;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            Console.Error.WriteLine($"growstack: --json: cannot write {file.Name}: {FileFailure.Reason(e, file.Name)}. The file is incomplete.");
            return false;
        }
    }
}
