// The arguments of one operation, read one after another.
using System.Globalization;
using Growstack.Maps;

namespace Growstack.Traces;

/// <summary>A cursor over an operation's arguments. Whatever is missing or malformed is a <see cref="TraceFormatException"/> with its place.</summary>
internal sealed class Arguments(TraceOperation operation)
{
    private int _next = 1;

    internal bool AtEnd => _next >= operation.Words.Count;

    internal string Word()
    {
        if (AtEnd)
            throw Error(operation.Words[^1].Column + operation.Words[^1].Text.Length, "An argument is missing.");
        return operation.Words[_next++].Text;
    }

    /// <summary>Takes the next word if it is this one.</summary>
    internal bool Take(string word)
    {
        if (AtEnd || operation.Words[_next].Text != word)
            return false;
        _next++;
        return true;
    }

    internal ulong Number() => ParseNumber(Word());

    internal ulong ParseNumber(string text) =>
        TryParseNumber(text, out var number) ? number : throw Bad($"'{text}' is no number.");

    internal int Index()
    {
        var number = Number();
        return number <= int.MaxValue ? (int)number : throw Bad("The number is too large.");
    }

    internal bool Switch() => Word() switch
    {
        "on" => true,
        "off" => false,
        var other => throw Bad($"'{other}' is neither 'on' nor 'off'."),
    };

    internal VmProt Prot()
    {
        var text = Word();
        var prot = VmProt.None;
        if (text == "none")
            return prot;
        foreach (var c in text)
        {
            prot |= c switch
            {
                'r' => VmProt.Read,
                'w' => VmProt.Write,
                'x' => VmProt.Execute,
                'c' => VmProt.Copy,
                '-' => VmProt.None,
                _ => throw Bad($"'{text}' is no protection."),
            };
        }
        return prot;
    }

    /// <summary>A word that is not expected here, or the last word taken was not.</summary>
    internal TraceFormatException Bad(string problem) => Error(operation.Words[Math.Max(_next - 1, 0)].Column, problem);

    internal void ExpectEnd()
    {
        if (!AtEnd)
            throw Error(operation.Words[_next].Column, $"'{operation.Words[_next].Text}' is not expected here.");
    }

    internal static bool TryParseNumber(string text, out ulong number)
    {
        number = 0;
        switch (text)
        {
            case "inf":
                number = long.MaxValue;
                return true;
            case "-1":
                number = ulong.MaxValue;
                return true;
            case "":
                return false;
        }
        var unit = char.ToLowerInvariant(text[^1]) switch
        {
            'k' => 1UL << 10,
            'm' => 1UL << 20,
            'g' => 1UL << 30,
            'p' => VmPage.Size,
            _ => 1UL,
        };
        var digits = unit == 1 ? text.AsSpan() : text.AsSpan(0, text.Length - 1);
        ulong count;
        var parsed = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out count)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count);
        if (!parsed || (UInt128)count * unit > ulong.MaxValue)
            return false;
        number = count * unit;
        return true;
    }

    private TraceFormatException Error(int column, string problem) => new(operation.File, operation.Line, column, problem);
}
