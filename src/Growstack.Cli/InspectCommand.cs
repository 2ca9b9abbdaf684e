// growstack inspect: the stacks of processes that run already.
using System.CommandLine;
using System.Globalization;
using Growstack.Linux.Inspection;

namespace Growstack.Cli;

/// <summary>The verb <c>inspect</c>.</summary>
internal sealed class InspectCommand : Command, ITeach
{
    private const int DefaultSeconds = 2;
    private const int MostSeconds = 3600;

    private readonly Argument<string[]> _targets = new("PID|NAME")
    {
        Description = "Process ids, or names of programs.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all") { Description = "Inspect every process that may be read." };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Write JSON to standard output, with --watch one document a line; docs/json.md describes it.",
    };

    private readonly Option<int?> _watch = new("--watch")
    {
        Description = "Look again every SECONDS (default: 2) until interrupted or the processes have ended.",
        HelpName = "SECONDS",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0)
                return DefaultSeconds;

            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > MostSeconds)
                result.AddError($"--watch: '{text}' is not a number of seconds from 1 to {MostSeconds}. Write processes before --watch.");
            return seconds;
        },
    };

    private readonly Option<bool> _allThreads = new("--all-threads") { Description = "Show every thread, not only the riskiest of each process." };

    /// <summary>Makes the verb.</summary>
    public InspectCommand()
        : base("inspect", "Show the stacks of running processes, without tracing, stopping or slowing them.")
    {
        Arguments.Add(_targets);
        foreach (Option option in new Option[] { _all, _json, _watch, _allThreads })
            Options.Add(option);

        Validators.Add(result =>
        {
            var named = result.GetValue(_targets) is { Length: > 0 };
            if (named == result.GetValue(_all))
                result.AddError(named ? "--all already means every process: write either it or processes." : "which process? Write its id or its name before the options, or --all.");
        });
        SetAction(Inspect);
    }

    /// <inheritdoc/>
    public string Lesson => """
        USED is the most a stack ever held, to the page, as far as the kernel still knows (a C
        library reuses the stack of a thread that has ended, used pages and all); NOW is its
        depth at this moment. The first rows are closest to their end. What may not be read is
        named below the table with the permission that is missing.

        Examples:
          growstack inspect 1234               one process, by its id
          growstack inspect postgres           every process of that name
          growstack inspect java --watch       look again every two seconds
          growstack inspect --all --json       everything, for a script

        Exit status: 0 if everything asked for was shown, 1 if a process does not exist or may
        not be read, 2 if the command line is wrong.
        """;

    private int Inspect(ParseResult line)
    {
        var interval = line.GetValue(_watch);
        var code = Look(line, watching: interval is not null, out var anyLeft);
        while (interval is { } seconds && anyLeft)
        {
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            Look(line, watching: true, out anyLeft);
        }

        return code;
    }

    private int Look(ParseResult line, bool watching, out bool anyLeft)
    {
        var all = line.GetValue(_all);
        var missing = new List<string>();
        var processes = Resolve(line.GetValue(_targets) ?? [], all, missing).Select(StackInspector.Inspect).ToList();
        foreach (var gone in processes.Where(p => p.Unreadable.Any(u => u.Fact == StackFact.Existence)).ToList())
        {
            processes.Remove(gone);
            if (!all)
                missing.Add(string.Create(CultureInfo.InvariantCulture, $"there is no process {gone.ProcessId}"));
        }

        anyLeft = processes.Count > 0;
        if (line.GetValue(_json))
            InspectJson.Write(Console.OpenStandardOutput(), processes, indented: !watching);
        else
            InspectReport.Write(Console.Out, processes, Terminal.Output, new InspectReport.Shape(line.GetValue(_allThreads), all, watching));

        foreach (var name in missing)
            Console.Error.WriteLine($"growstack: {name}");

        var refused = !all && processes.Any(p => p.Unreadable.Any(u => u.Fact == StackFact.AddressMap));
        return missing.Count > 0 || refused ? ExitCode.Negative : ExitCode.Success;
    }

    private static IReadOnlyList<int> Resolve(string[] targets, bool all, List<string> missing)
    {
        if (all)
            return StackInspector.ListProcesses();

        var ids = new SortedSet<int>();
        foreach (var target in targets)
        {
            if (target.Length > 0 && target.All(char.IsAsciiDigit))
            {
                if (int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                    ids.Add(pid);
                else
                    missing.Add($"there is no process {target}");
                continue;
            }

            var found = StackInspector.FindProcesses(target);
            ids.UnionWith(found);
            if (found.Count == 0)
                missing.Add($"no process is called '{target}'");
        }

        return [.. ids];
    }
}
