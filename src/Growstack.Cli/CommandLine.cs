// The root of the command line: the verbs, and what happens when a line cannot be understood.
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Growstack.Cli.Completion;

namespace Growstack.Cli;

/// <summary>Parses the command line and runs the verb it names.</summary>
internal sealed class CommandLine : ITeach
{
    private static readonly ParserConfiguration Parser = new()
    {
        // A program's argument that starts with '@' is the program's business.
        ResponseFileTokenReplacer = null,
    };

    private readonly RunCommand _run = new();

    /// <inheritdoc/>
    public string Lesson => """
        Examples:
          growstack run -- ./server --port 8080    how much stack does it really need?
          growstack run --help                     all that run can do
          growstack inspect 1234                   the stacks of a process that runs already
          growstack report run.jsonl               a recording, as a page to look at
          growstack replay conformance/freebsd12/*.trace.gz    does the map answer as the kernel did?
        """;

    /// <summary>Runs growstack with the arguments given to it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        try
        {
            return new CommandLine().Invoke(args);
        }
        catch (IOException e)
        {
            // What a verb reads or writes itself, it answers for itself: this is standard output.
            Console.Error.WriteLine($"growstack: standard output: {e.Message}");
            return ExitCode.Failure;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"growstack: internal error: {e.Message}");
            Console.Error.WriteLine("This is a fault of growstack. Please report it with the command line and these lines:");
            Console.Error.WriteLine(e);
            return ExitCode.Failure;
        }
    }

    private int Invoke(string[] args)
    {
        if (args.Length > 0 && args[0] == _run.Name)
        {
            var (own, program) = ProgramArguments.Split(_run, args.AsSpan(1));
            _run.ProgramWords = program.Length;
            args = [_run.Name, .. own, "--", .. program];
        }

        var root = new Command("growstack", "Process stacks that grow on demand: measured, limited, guarded and explained.")
        {
            _run,
            new InspectCommand(),
            new ReportCommand(),
            new ReplayCommand(),
            new CompletionCommand(),
            new HelpOption { Action = new TeachingHelp(this) },
            new VersionOption(),
        };
        if (args.Length == 0)
        {
            root.Parse(["--help"], Parser).Invoke(new InvocationConfiguration { Output = Console.Error });
            return ExitCode.Usage;
        }

        var result = root.Parse(args, Parser);
        return result.Action is ParseErrorAction ? Refuse(result) : result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private int Refuse(ParseResult result)
    {
        foreach (var error in result.Errors)
            Console.Error.WriteLine($"growstack: {error.Message}");

        var verb = result.CommandResult.Command.Name == "growstack" ? "" : " " + result.CommandResult.Command.Name;
        Console.Error.WriteLine($"Try 'growstack{verb} --help'.");
        return result.CommandResult.Command == _run ? ExitCode.Failure : ExitCode.Usage;
    }
}
