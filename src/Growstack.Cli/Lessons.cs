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

    /// <summary>The option that asks for help. The library's own looks its description up in its resources at each start, which takes longer than all of its parsing.</summary>
    internal sealed class Switch : Option<bool>
    {
        /// <summary>Makes the option.</summary>
        /// <param name="root">What teaches where no verb does.</param>
        public Switch(ITeach root)
            : base("--help", "-h", "/h", "-?", "/?")
        {
            Description = "Show help and usage information";
            Arity = ArgumentArity.Zero;
            Recursive = true;
            Action = new TeachingHelp(root);
        }
    }
}
