// growstack report: a recording, turned into a page to look at or into what other tools read.
using System.CommandLine;
using Growstack.Recording;

namespace Growstack.Cli;

/// <summary>The verb <c>report</c>.</summary>
internal sealed class ReportCommand : Command, ITeach
{
    private const string Standard = "-";

    private readonly Argument<string?> _file = new("FILE")
    {
        Description = "A recording, as 'growstack run --record FILE' writes it; '-' reads standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Where to write; '-' is standard output (default: beside FILE, with an extension that fits the format).",
        HelpName = "OUT",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<Format?> _format = OptionTypes.Choice<Format?>(
        "--format",
        "html|speedscope|folded|json",
        "What to write (default: html).",
        null,
        ("html", Format.Html),
        ("speedscope", Format.Speedscope),
        ("folded", Format.Folded),
        ("json", Format.Json));

    private readonly Option<ChainWeight?> _weight = OptionTypes.Choice<ChainWeight?>(
        "--weight",
        "bytes|growths",
        "What folded stacks count: bytes grown, or growths (default: bytes).",
        null,
        ("bytes", ChainWeight.Bytes),
        ("growths", ChainWeight.Growths));

    /// <summary>Makes the verb.</summary>
    public ReportCommand()
        : base("report", "Turn a recording into a page to look at, or into what other tools read.")
    {
        Arguments.Add(_file);
        Options.Add(_output);
        Options.Add(_format);
        Options.Add(_weight);
        Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(_file)))
                result.AddError("there is no recording to report on: growstack report FILE");
            if (result.GetValue(_output) is "")
                result.AddError("--output: the file's name is empty.");
        });
        SetAction(Run);
    }

    private enum Format
    {
        Html,
        Speedscope,
        Folded,
        Json,
    }

    /// <inheritdoc/>
    public string Lesson => """
        html        one page that needs only a browser: what happened in words, every stack over
                    time, a table, flame graphs and the address map
        speedscope  for https://www.speedscope.app
        folded      collapsed stacks, one a line, for flamegraph.pl, inferno and the like
        json        a summary for scripts; docs/recording.md describes it

        Examples:
          growstack run --record run.jsonl -- ./server   record first
          growstack report run.jsonl                     writes run.html
          growstack report run.jsonl --format folded -o - | flamegraph.pl > run.svg
          growstack report run.jsonl --format json -o - | jq '.stacks[0]'

        Exit status: 0; 1 if the recording cannot be read; 2 if the command line cannot be
        understood; 125 if the report cannot be written. A recording that was cut short by a
        crash is read up to its last whole line.
        """;

    private static string Output(string file, string? output, Format format)
    {
        if (output is not null || file == Standard)
            return output ?? Standard;

        return Path.ChangeExtension(file, format switch
        {
            Format.Html => ".html",
            Format.Speedscope => ".speedscope.json",
            Format.Folded => ".folded",
            _ => ".summary.json",
        });
    }

    private static bool SameFile(string one, string other) =>
        string.Equals(Path.GetFullPath(one), Path.GetFullPath(other), StringComparison.Ordinal);

    private static RecordedRun? Load(string file)
    {
        try
        {
            using var input = file == Standard ? Console.OpenStandardInput() : File.OpenRead(file);
            using var progress = new ReportProgress(file, input.CanSeek ? input.Length : 0);
            return RecordedRun.Load(input, file == Standard ? "standard input" : file, progress.Read);
        }
        catch (RecordingFormatException error)
        {
            Console.Error.WriteLine($"growstack: {error.Message}");
        }
        catch (Exception error) when (FileFailure.Is(error))
        {
            Console.Error.WriteLine($"growstack: cannot read {file}: {FileFailure.Reason(error, file)}");
        }

        return null;
    }

    private static void Write(RecordedRun run, Stream stream, Format format, ChainWeight weight)
    {
        switch (format)
        {
            case Format.Html:
                HtmlExporter.Write(run, stream);
                break;
            case Format.Speedscope:
                SpeedscopeExporter.Write(run, stream);
                break;
            case Format.Json:
                JsonExporter.Write(run, stream);
                break;
            default:
                using (var writer = new StreamWriter(stream, leaveOpen: true))
                    FoldedExporter.Write(run, writer, weight);
                break;
        }
    }

    private int Run(ParseResult line)
    {
        var (file, format) = (line.GetValue(_file)!, line.GetValue(_format) ?? Format.Html);
        var output = Output(file, line.GetValue(_output), format);
        if (output != Standard && SameFile(file, output))
        {
            Console.Error.WriteLine($"growstack: the report would overwrite the recording {file}; name another file with --output");
            return ExitCode.Usage;
        }

        if (Load(file) is not { } run)
            return ExitCode.Negative;

        if (run.End is null)
            Console.Error.WriteLine($"growstack: {run.Name} was cut short; the report holds what was recorded");

        try
        {
            using var stream = output == Standard
                ? Console.OpenStandardOutput()
                : new FileStream(output, FileMode.Create, FileAccess.Write);
            using (var buffered = new BufferedStream(stream, 1 << 16))
                Write(run, buffered, format, line.GetValue(_weight) ?? ChainWeight.Bytes);
        }
        catch (Exception error) when (FileFailure.Is(error))
        {
            Console.Error.WriteLine($"growstack: cannot write {(output == Standard ? "to standard output" : output)}: {FileFailure.Reason(error, output)}");
            return ExitCode.Failure;
        }

        if (output != Standard)
            Console.Error.WriteLine($"growstack: wrote {output}");

        return ExitCode.Success;
    }
}
