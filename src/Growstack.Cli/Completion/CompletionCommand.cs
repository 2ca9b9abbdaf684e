// growstack completion: what a shell needs to complete growstack's command lines.
using System.CommandLine;

namespace Growstack.Cli.Completion;

/// <summary>The verb <c>completion</c>. The scripts are made from the verbs and options that there are.</summary>
internal sealed class CompletionCommand : Command, ITeach
{
    private static readonly Dictionary<string, Func<IReadOnlyList<Verb>, string>> Shells = new()
    {
        ["bash"] = BashCompletion.Script,
        ["zsh"] = ZshCompletion.Script,
        ["fish"] = FishCompletion.Script,
    };

    private readonly Argument<string?> _shell = new("SHELL")
    {
        Description = $"One of {string.Join(", ", Shells.Keys)}.",
        HelpName = string.Join('|', Shells.Keys),
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Makes the verb.</summary>
    public CompletionCommand()
        : base("completion", "Print what makes a shell complete growstack's command lines.")
    {
        Arguments.Add(_shell);
        Validators.Add(result =>
        {
            if (result.GetValue(_shell) is not { } shell)
                result.AddError($"for which shell? One of {string.Join(", ", Shells.Keys)}.");
            else if (!Shells.ContainsKey(shell))
                result.AddError($"'{shell}' is none of {string.Join(", ", Shells.Keys)}.");
        });
        SetAction(line =>
        {
            var verbs = Parents.OfType<Command>().Single().Subcommands.Select(verb => new Verb(verb)).ToList();
            Console.Out.Write(Shells[line.GetValue(_shell)!](verbs));
            return ExitCode.Success;
        });
    }

    /// <inheritdoc/>
    public string Lesson => """
        bash:  growstack completion bash > ~/.local/share/bash-completion/completions/growstack
        zsh:   growstack completion zsh > DIR/_growstack       with DIR one of $fpath
        fish:  growstack completion fish > ~/.config/fish/completions/growstack.fish
        """;
}
