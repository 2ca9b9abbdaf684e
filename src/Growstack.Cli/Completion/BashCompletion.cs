// The completion script for bash.
using System.Text;

namespace Growstack.Cli.Completion;

/// <summary>Writes a function for bash's <c>complete -F</c>.</summary>
internal static class BashCompletion
{
    /// <summary>The script.</summary>
    public static string Script(IReadOnlyList<Verb> verbs)
    {
        var text = new StringBuilder();
        _ = text.Append($$"""
            # bash completion for growstack; made by 'growstack completion bash'
            _growstack() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at
                COMPREPLY=()
                if ((COMP_CWORD == 1)); then
                    COMPREPLY=($(compgen -W '{{string.Join(' ', verbs.Select(v => v.Name))}} --help --version' -- "$current"))
                    return
                fi
                case ${COMP_WORDS[1]} in

            """);
        foreach (var verb in verbs)
            Add(text, verb);
        return text.Append("""
                esac
            }
            complete -F _growstack growstack

            """).ToString();
    }

    private static void Add(StringBuilder text, Verb verb)
    {
        _ = text.AppendLine($"    {verb.Name})");
        var valued = verb.Options.Where(o => o.Follows is not (Follows.Nothing or Follows.Optional)).ToList();
        if (verb.TakesProgram)
            AddProgram(text, valued);
        if (valued.Count > 0)
        {
            _ = text.AppendLine("        case $previous in");
            foreach (var option in valued)
                _ = text.AppendLine($"        {string.Join('|', option.Names)}) {Value(option.Follows, option.Words)} return ;;");
            _ = text.AppendLine("        esac");
        }

        _ = text
            .AppendLine("        if [[ $current == -* ]]; then")
            .AppendLine($"            COMPREPLY=($(compgen -W '{string.Join(' ', verb.Options.SelectMany(o => o.Names))}' -- \"$current\"))")
            .AppendLine("        else")
            .AppendLine("            " + (verb.TakesProgram ? "COMPREPLY=($(compgen -c -- \"$current\"))" : Value(verb.Argument, verb.Words).TrimEnd(';')))
            .AppendLine("        fi")
            .AppendLine("        ;;");
    }

    // From the program's first word on, its own completion takes over where it is installed.
    private static void AddProgram(StringBuilder text, List<Flag> valued) => text.Append($$"""
                for ((at = 2; at < COMP_CWORD; at++)); do
                    case ${COMP_WORDS[at]} in
                    --) ((at++)); break ;;
                    {{string.Join('|', valued.SelectMany(o => o.Names))}}) ((at++)) ;;
                    -*) ;;
                    *) break ;;
                    esac
                done
                if ((at < COMP_CWORD)); then
                    if declare -F _command_offset > /dev/null; then _command_offset "$at"; else COMPREPLY=($(compgen -f -- "$current")); fi
                    return
                elif [[ ${COMP_WORDS[at - 1]} == -- ]]; then
                    COMPREPLY=($(compgen -c -- "$current"))
                    return
                fi

        """);

    private static string Value(Follows follows, string[] words) => follows switch
    {
        Follows.File => "COMPREPLY=($(compgen -f -- \"$current\"));",
        Follows.Word => $"COMPREPLY=($(compgen -W '{string.Join(' ', words)}' -- \"$current\"));",
        _ => ":;",
    };
}
