// Where growstack's own arguments end and the program's begin.
using System.CommandLine;

namespace Growstack.Cli;

/// <summary>Splits <c>growstack run [options] [--] PROGRAM [ARG…]</c> before anything else looks at it.</summary>
internal static class ProgramArguments
{
    /// <summary>
    /// Takes growstack's options off the front. The program starts after <c>--</c> or, without one, at the first word that is
    /// neither an option nor an option's value; nothing from there on is interpreted.
    /// </summary>
    /// <param name="command">The verb whose options may stand before the program.</param>
    /// <param name="args">What follows the verb.</param>
    public static (string[] Own, string[] Program) Split(Command command, ReadOnlySpan<string> args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--")
                return (args[..i].ToArray(), args[(i + 1)..].ToArray());

            if (args[i] is not ['-', _, ..])
                return (args[..i].ToArray(), args[i..].ToArray());

            if (TakesNextWord(command, args[i]))
                i++;
        }

        return (args.ToArray(), []);
    }

    private static bool TakesNextWord(Command command, string word) =>
        command.Options.FirstOrDefault(o => o.Name == word || o.Aliases.Contains(word)) is { Arity.MinimumNumberOfValues: > 0 };
}
