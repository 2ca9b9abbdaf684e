// Help that teaches: what a verb adds to the list of its options.
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Growstack.Cli;

/// <summary>A verb whose help ends with examples.</summary>
internal interface ITeach
{
    /// <summary>Examples, exit codes and whatever else a user should know; plain text.</summary>
    string Lesson { get; }
}

/// <summary>The usual help, followed by the verb's lesson.</summary>
internal sealed class TeachingHelp(ITeach root) : SynchronousCommandLineAction
{
    private readonly HelpAction _usual = new();

    /// <inheritdoc/>
    public override bool Terminating => true;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = _usual.Invoke(parseResult);
        var teacher = parseResult.CommandResult.Command as ITeach ?? root;
        parseResult.InvocationConfiguration.Output.WriteLine(teacher.Lesson);
        return code;
    }
}
