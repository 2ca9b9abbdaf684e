// A verb as the completion scripts see it.
using System.CommandLine;

namespace Growstack.Cli.Completion;

/// <summary>What follows a word.</summary>
internal enum Follows
{
    /// <summary>Nothing: a flag.</summary>
    Nothing,

    /// <summary>Something that cannot be completed, such as a size.</summary>
    Anything,

    /// <summary>A value that may also be left out; given, it is part of the same word.</summary>
    Optional,

    /// <summary>A file.</summary>
    File,

    /// <summary>One of some words.</summary>
    Word,
}

/// <summary>One verb.</summary>
internal sealed class Verb(Command command)
{
    /// <summary>Its name.</summary>
    public string Name => command.Name;

    /// <summary>What it does, in a sentence.</summary>
    public string Description => command.Description ?? "";

    /// <summary>Whether a whole command line follows its options.</summary>
    public bool TakesProgram => command is RunCommand;

    /// <summary>What its arguments are.</summary>
    public Follows Argument => command.Arguments switch
    {
        [{ HelpName: { } words }] when words.Contains('|', StringComparison.Ordinal) => Follows.Word,
        [{ Name: "FILE" }] => Follows.File,
        _ => Follows.Anything,
    };

    /// <summary>The words its argument is one of.</summary>
    public string[] Words => Argument == Follows.Word ? command.Arguments[0].HelpName!.Split('|') : [];

    /// <summary>Its options.</summary>
    public IEnumerable<Flag> Options => command.Options.Select(option => new Flag(option)).Append(Flag.Help);
}

/// <summary>One option.</summary>
/// <param name="Names">Its names, with their dashes.</param>
/// <param name="Description">What it is for, in a sentence.</param>
/// <param name="Value">What its value is called; null for none.</param>
/// <param name="Follows">What follows it.</param>
internal sealed record Flag(string[] Names, string Description, string? Value, Follows Follows)
{
    /// <summary>Every verb's help.</summary>
    public static readonly Flag Help = new(["--help", "-h"], "Show help", null, Follows.Nothing);

    /// <summary>Describes an option of the parser's.</summary>
    public Flag(Option option)
        : this([option.Name, .. option.Aliases], option.Description ?? "", option.HelpName, Kind(option))
    {
    }

    /// <summary>The words its value is one of.</summary>
    public string[] Words => Follows == Follows.Word ? Value!.Split('|') : [];

    private static Follows Kind(Option option) => option switch
    {
        { HelpName: null } => Follows.Nothing,
        { Arity.MinimumNumberOfValues: 0 } => Follows.Optional,
        { HelpName: "FILE" or "OUT" } => Follows.File,
        { HelpName: { } name } when name.Contains('|', StringComparison.Ordinal) => Follows.Word,
        _ => Follows.Anything,
    };
}
