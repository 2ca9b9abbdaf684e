// The completion script for fish.
using System.Text;

namespace Growstack.Cli.Completion;

/// <summary>Writes fish's <c>complete</c> commands.</summary>
internal static class FishCompletion
{
    /// <summary>The script.</summary>
    public static string Script(IReadOnlyList<Verb> verbs)
    {
        var text = new StringBuilder("# fish completion for growstack; made by 'growstack completion fish'\n");
        AddProgram(text, verbs.Where(verb => verb.TakesProgram).SelectMany(verb => verb.Options));
        _ = text.AppendLine("complete -c growstack -n __fish_use_subcommand -f -l help -d 'Show help'").AppendLine("complete -c growstack -n __fish_use_subcommand -f -l version -d 'Show the version'");
        foreach (var verb in verbs)
            _ = text.AppendLine($"complete -c growstack -n __fish_use_subcommand -f -a {verb.Name} -d {Quote(verb.Description)}");
        foreach (var verb in verbs)
            Add(text, verb);
        return text.ToString();
    }

    // What follows growstack's own options is a command line of its own.
    private static void AddProgram(StringBuilder text, IEnumerable<Flag> options)
    {
        string valued = string.Join(' ', options.Where(o => o.Follows is not (Follows.Nothing or Follows.Optional)).SelectMany(o => o.Names));
        _ = text.Append($"""
            function __growstack_program_words
                set -l words (commandline -opc)[3..]
                while set -q words[1]
                    if test $words[1] = --
                        set -e words[1]
                        break
                    else if contains -- $words[1] {valued}
                        set -e words[1]
                    else if not string match -q -- '-*' $words[1]
                        break
                    end
                    set -e words[1]
                end
                string join \n -- $words
            end
            function __growstack_program_begun
                test (count (__growstack_program_words)) -gt 0; or contains -- -- (commandline -opc)
            end
            function __growstack_program
                # An option of growstack's own is no command line.
                __growstack_program_begun; or not string match -q -- '-*' (commandline -ct); or return
                complete -C (string join ' ' -- (string escape -- (__growstack_program_words)) (commandline -ct | string collect -a))
            end

            """).Replace("\r\n", "\n");
    }

    private static void Add(StringBuilder text, Verb verb)
    {
        string after = $"__fish_seen_subcommand_from {verb.Name}";
        string start = $"complete -c growstack -n '{after}{(verb.TakesProgram ? "; and not __growstack_program_begun" : "")}'";
        foreach (var option in verb.Options)
        {
            var names = option.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? "-l " + name[2..] : "-s " + name[1..]);
            string value = option.Follows switch
            {
                Follows.Nothing or Follows.Optional => "-f",
                Follows.File => "-r -F",
                Follows.Word => "-x -a " + Quote(string.Join(' ', option.Words)),
                _ => "-x",
            };
            _ = text.AppendLine($"{start} {string.Join(' ', names)} {value} -d {Quote(option.Description)}");
        }

        string arguments = verb.TakesProgram ? "-x -a '(__growstack_program)'"
            : verb.Argument == Follows.File ? "-F"
            : verb.Argument == Follows.Word ? "-x -a " + Quote(string.Join(' ', verb.Words))
            : "-x -a '(__fish_complete_pids)'";
        _ = text.AppendLine($"complete -c growstack -n '{after}' {arguments}");
    }

    private static string Quote(string text) => "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
