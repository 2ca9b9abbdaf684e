// The completion script for zsh.
using System.Text;

namespace Growstack.Cli.Completion;

/// <summary>Writes a function for zsh's completion system.</summary>
internal static class ZshCompletion
{
    /// <summary>The script.</summary>
    public static string Script(IReadOnlyList<Verb> verbs)
    {
        var text = new StringBuilder();
        _ = text.AppendLine("#compdef growstack").AppendLine("# made by 'growstack completion zsh'").AppendLine("_growstack() {").AppendLine("    local -a verbs").AppendLine("    verbs=(");
        foreach (var verb in verbs)
            _ = text.AppendLine($"        {Quote(verb.Name + ":" + verb.Description.Replace(":", "\\:", StringComparison.Ordinal))}");
        _ = text.Append("""
                )
                if ((CURRENT == 2)); then
                    _describe -t verbs verb verbs
                    return
                fi
                local verb=$words[2]
                shift words
                ((CURRENT--))
                case $verb in

            """);
        foreach (var verb in verbs)
            Add(text, verb);
        return text.Append("""
                esac
            }
            # Both as a file in $fpath, which is the function's first call, and sourced.
            if [[ $funcstack[1] == _growstack ]]; then _growstack "$@"; else compdef _growstack growstack; fi

            """).ToString();
    }

    private static void Add(StringBuilder text, Verb verb)
    {
        _ = text.AppendLine($"    {verb.Name})").Append("        _arguments -S");
        foreach (var option in verb.Options)
        {
            foreach (string name in option.Names)
                _ = text.Append(" \\\n            ").Append(Quote($"{name}{Value(option, name.StartsWith("--", StringComparison.Ordinal))}"));
        }

        string arguments = verb.TakesProgram ? "'(-):program: _command_names -e' '*::argument: _normal'"
            : verb.Argument == Follows.File ? "'*:file:_files'"
            : verb.Argument == Follows.Word ? Quote($"1:value:({string.Join(' ', verb.Words)})")
            : "'*:process:_pids'";
        _ = text.Append(" \\\n            ").AppendLine(arguments).AppendLine("        ;;");
    }

    private static string Value(Flag option, bool isLong)
    {
        string description = "[" + option.Description.Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal) + "]";
        return option.Follows switch
        {
            Follows.Nothing => description,
            Follows.Optional => (isLong ? "=-" : "") + description + $"::{option.Value}:",
            Follows.File => description + ":file:_files",
            Follows.Word => description + $":value:({string.Join(' ', option.Words)})",
            _ => description + $":{option.Value}:",
        };
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
