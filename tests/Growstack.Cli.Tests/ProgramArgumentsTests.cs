// Where growstack's own arguments end and the program's begin.
using Growstack.Cli;

namespace Growstack.Cli.Tests;

public sealed class ProgramArgumentsTests
{
    [Theory]
    [InlineData("-- ls -l", "", "ls -l")]
    [InlineData("--stack 8M -- ls -l", "--stack 8M", "ls -l")]
    [InlineData("--quiet ls --quiet", "--quiet", "ls --quiet")]
    [InlineData("--stack 8M ls", "--stack 8M", "ls")]
    [InlineData("--stack=8M ls", "--stack=8M", "ls")]
    [InlineData("ls -- -l", "", "ls -- -l")]
    [InlineData("-- -- ls", "", "-- ls")]
    [InlineData("--quiet", "--quiet", "")]
    [InlineData("- x", "", "- x")]
    [InlineData("--no-such-option ls", "--no-such-option", "ls")]
    public void The_program_starts_after_the_dashes_or_at_the_first_plain_word(string line, string own, string program)
    {
        var (ownWords, programWords) = ProgramArguments.Split(new RunCommand(), line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(own, string.Join(' ', ownWords));
        Assert.Equal(program, string.Join(' ', programWords));
    }
}
