// The exit codes that are growstack's own.
namespace Growstack.Cli;

/// <summary>Exit codes of the command; <c>run</c> otherwise passes on the program's.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The question was answered, and the answer is no: traces diverge, nothing was found.</summary>
    public const int Negative = 1;

    /// <summary>The command line could not be understood (verbs other than run).</summary>
    public const int Usage = 2;

    /// <summary>With <c>run --explain</c>: a stack went past its limit, whatever the program ended with.</summary>
    public const int LimitExceeded = 122;

    /// <summary>growstack itself failed, or <c>run</c>'s command line could not be understood.</summary>
    public const int Failure = 125;

    /// <summary>The program was found but could not be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>The program was not found.</summary>
    public const int NotFound = 127;
}
