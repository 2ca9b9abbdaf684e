// The root of the command line: the verbs, and what happens when a line cannot be understood.
using System.CommandLine;
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
        var runs = args.Length > 0 && args[0] == _run.Name;
        if (runs)
        {
            var (own, program) = ProgramArguments.Split(_run, args.AsSpan(1));
            args = [_run.Name, .. own, "--", .. program];
        }

        var root = new Command("growstack", "Process stacks that grow on demand: measured, limited, guarded and explained.")
        {
            _run,
            new TeachingHelp.Switch(this),
        };

        // A program that is to be run waits for what is made here.
        if (!runs)
        {
            root.Add(new InspectCommand());
            root.Add(new ReportCommand());
            root.Add(new ReplayCommand());
            root.Add(new CompletionCommand());
            root.Add(new VersionOption());
        }

        if (args.Length == 0)
        {
            root.Parse(["--help"], Parser).Invoke(new InvocationConfiguration { Output = Console.Error });
            return ExitCode.Usage;
        }

        var result = root.Parse(args, Parser);
        bool isWrong = result.Action is ParseErrorAction || (result.Action == result.CommandResult.Command.Action && UnknownOptions(result, args).Any());
        return isWrong ? Refuse(result, args) : result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private int Refuse(ParseResult result, string[] args)
    {
        var command = result.CommandResult.Command;
        foreach (string problem in Problems(result, command, args).Distinct())
            Console.Error.WriteLine($"growstack: {problem}");

        var verb = command.Parents.Any() ? " " + command.Name : "";
        Console.Error.WriteLine($"Try 'growstack{verb} --help'.");
        return command == _run ? ExitCode.Failure : ExitCode.Usage;
    }

    /// <summary>What is wrong with the line: words that nothing knows, else what the parser and the verbs found.</summary>
    private static IEnumerable<string> Problems(ParseResult result, Command command, string[] args)
    {
        bool isRoot = !command.Parents.Any();
        var unknown = UnknownOptions(result, args).ToList();
        if (isRoot && args[0][0] != '-')
            return [$"there is no verb '{args[0]}'.{Suggestion.For(args[0], command.Subcommands.Select(verb => verb.Name).Append("--help"))}"];
        if (unknown.Count > 0)
        {
            string who = isRoot ? "growstack" : command.Name;
            return unknown.Select(word => word.Split('=')[0]).Select(word => $"{who} has no option {word}.{Suggestion.For(word, command.Options.Select(option => option.Name))}");
        }

        return result.UnmatchedTokens.Count > 0 && !isRoot
            ? [$"{command.Name} takes one {command.Arguments[0].HelpName ?? command.Arguments[0].Name}: '{result.UnmatchedTokens[0]}' is one word too many."]
            : result.Errors.Select(error => error.Message);
    }

    /// <summary>Words with a dash, before any "--", that are neither an option nor an option's value.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult result, string[] args)
    {
        int own = Array.IndexOf(args, "--");
        var before = own < 0 ? args : args[..own];
        return result.CommandResult.Tokens.SkipLast(own < 0 ? 0 : args.Length - own - 1).Select(token => token.Value)
            .Concat(result.UnmatchedTokens)
            .Where(word => word is ['-', _, ..] && before.Contains(word));
    }
}
