// growstack replay: map operations, and whether the map answers as the kernel did.
using System.CommandLine;
using Growstack.Maps;
using Growstack.Traces;

namespace Growstack.Cli;

/// <summary>The verb <c>replay</c>.</summary>
internal sealed class ReplayCommand : Command, ITeach
{
    private const string StandardInput = "-";

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Traces to replay, plain or .gz; '-' is standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<VmRelease?> _release = OptionTypes.Choice<VmRelease?>(
        "--release", "freebsd10|freebsd12", "Whose map answers (default: as a folder in the file's path says, or else freebsd10).",
        null, ("freebsd10", VmRelease.FreeBsd10), ("10", VmRelease.FreeBsd10), ("freebsd12", VmRelease.FreeBsd12), ("12", VmRelease.FreeBsd12));

    private readonly Option<bool> _show = new("--show") { Description = "Print every operation with the map's answer." };

    private readonly Option<bool> _check = new("--check") { Description = "Check the whole map's consistency as well: after every operation on a small map, now and then on a large one." };

    /// <summary>Makes the verb.</summary>
    public ReplayCommand()
        : base("replay", "Run a script of map operations and compare each answer with the kernel's recorded one.")
    {
        Arguments.Add(_files);
        Options.Add(_release);
        Options.Add(_show);
        Options.Add(_check);
        Validators.Add(result =>
        {
            if (result.GetValue(_files) is not { Length: > 0 })
                result.AddError("there is no trace to replay: growstack replay FILE...");
        });
        SetAction(Run);
    }

    /// <inheritdoc/>
    public string Lesson => """
        A trace is a text file of operations, each with what a FreeBSD kernel answered;
        conformance/FORMAT.md describes it. An operation without ' -> ' and an answer is run and
        shown, and 'dump' shows all entries, which makes a script for trying things out:

          printf '%s\n' 'stack 0x10000000 1M rw rwx down' 'grow 0x100d0000' 'dump' \
            | growstack replay --release freebsd12 -

        Examples:
          growstack replay conformance/freebsd12/*.trace.gz
          growstack replay --show --release freebsd10 my.trace

        Exit status: 0 if every answer and every state agrees, 1 if not, 2 if a file cannot be
        read or the command line is wrong. The last line is 'N operations, M divergences'.
        """;

    private int Run(ParseResult line)
    {
        var options = new ReplayOptions
        {
            Release = line.GetValue(_release),
            CheckConsistency = line.GetValue(_check),
            OnAnswer = (operation, answer, map) => Show(operation, answer, map, line.GetValue(_show)),
        };
        var total = ReplayResult.Empty;
        foreach (var file in line.GetValue(_files)!)
        {
            if (!TryReplay(file, options, out var result))
                return ExitCode.Usage;
            total = total.Then(result);
        }

        if (total.First is { } first)
            WriteDivergence(first);
        Console.WriteLine(total);
        return total.Divergences == 0 ? ExitCode.Success : ExitCode.Negative;
    }

    private static bool TryReplay(string file, ReplayOptions options, out ReplayResult result)
    {
        try
        {
            result = file == StandardInput
                ? Replayer.Replay(TraceReader.Read(Console.OpenStandardInput(), "standard input"), options.Release ?? VmRelease.FreeBsd10, options)
                : Replayer.ReplayFile(file, options);
            return true;
        }
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine($"growstack: {file}: {e.Message}");
            result = ReplayResult.Empty;
            return false;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            Console.Error.WriteLine($"growstack: cannot read {file}: {FileFailure.Reason(e, file)}");
            result = ReplayResult.Empty;
            return false;
        }
    }

    // What is shown is a trace again.
    private static void Show(TraceOperation operation, string answer, VmMap map, bool always)
    {
        if (!always && operation.Expected is not null)
            return;
        Console.WriteLine(operation.IsDump ? $"{operation.Text} {answer}".TrimEnd() : $"{operation.Text} -> {answer}");
        if (!operation.IsDump)
            return;
        foreach (var entry in TraceText.Lines(map, operation.Name == "dumpfull"))
            Console.WriteLine($"| {entry}");
    }

    private static void WriteDivergence(Divergence divergence)
    {
        var colour = Terminal.Output;
        Console.WriteLine(colour.Strong($"First divergence: {divergence.File}:{divergence.Line}: {divergence.Operation}"));
        Console.WriteLine($"  recorded  {divergence.Expected}");
        Console.WriteLine($"  answered  {colour.Alarm(divergence.Actual)}");
        if (divergence.Dump.Length > 0)
        {
            Console.WriteLine("  the map afterwards:");
            foreach (var entry in divergence.Dump.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Console.WriteLine($"    {entry}");
        }
    }
}
