// Options whose values are sizes or counts, with errors that say what would have been right.
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Growstack.Cli;

/// <summary>Makes the kinds of option that several verbs share.</summary>
internal static class OptionTypes
{
    /// <summary>A size in bytes: <c>64k</c>, <c>8M</c>, <c>1G</c>, <c>unlimited</c>.</summary>
    /// <param name="name">The option, with its dashes.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="smallest">The least size that makes sense, in bytes.</param>
    public static Option<ulong?> Size(string name, string description, ulong smallest = 0) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => ParseSize(result, name, smallest),
    };

    /// <summary>Parses an option's size.</summary>
    /// <returns>The size; null where the option came without one.</returns>
    public static ulong? ParseSize(ArgumentResult result, string name, ulong smallest)
    {
        if (result.Tokens.Count == 0)
            return null;
        var text = result.Tokens[0].Value;
        if (!ByteSize.TryParse(text, out var bytes))
            result.AddError($"{name}: '{text}' is not a size. Write bytes, or a number with k, M, G or T, as in 64k, 8M or 1G.");
        else if (bytes < smallest)
            result.AddError($"{name}: {text} is too small; the least is {ByteSize.Format(smallest)}.");
        return bytes;
    }

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Count(string name, string helpName, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' is not a whole number from {least} to {most}."));
            return number;
        },
    };

    /// <summary>A choice of words, each standing for a value.</summary>
    public static Option<T> Choice<T>(string name, string helpName, string description, T unset, params (string Word, T Value)[] choices) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.ExactlyOne,
        DefaultValueFactory = _ => unset,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            foreach (var (word, value) in choices)
            {
                if (text == word)
                    return value;
            }

            result.AddError($"{name}: '{text}' is none of {string.Join(", ", choices.Select(c => c.Word))}.");
            return unset;
        },
    };
}
