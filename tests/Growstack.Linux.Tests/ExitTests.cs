// Exit statuses, ends by signals, and programs that cannot start.
namespace Growstack.Linux.Tests;

public class ExitTests
{
    [Theory]
    [InlineData("true", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("(exit 3); exit $?", 3)]
    [InlineData("exit 255", 255)]
    public void Exit_statuses_pass_through(string script, int status)
    {
        var run = Fixture.Run(["sh", "-c", script]);
        Assert.Equal(RunStatus.Exited, run.Result.Status);
        Assert.Equal(status, run.Result.ExitStatus);
        Assert.Equal(status, run.Result.SuggestedExitCode);
        Assert.Equal(ImageEnd.Exited, run.Program.End);
    }

    [Theory]
    [InlineData("KILL", 9)]
    [InlineData("TERM", 15)]
    [InlineData("SEGV", 11)]
    [InlineData("ABRT", 6)]
    public void Ends_by_signals_pass_through(string name, int signal)
    {
        var run = Fixture.Run(["sh", "-c", $"kill -{name} $$"]);
        Assert.Equal(RunStatus.Signaled, run.Result.Status);
        Assert.Equal(signal, run.Result.Signal);
        Assert.Equal(128 + signal, run.Result.SuggestedExitCode);
        Assert.Null(run.Program.FatalOverflow);
    }

    [Fact]
    public void A_missing_program_is_not_found()
    {
        foreach (string name in new[] { "no-such-program-here", "/no/such/program" })
        {
            var result = TracedRun.Run(new RunOptions { Command = [name] });
            Assert.Equal(RunStatus.NotFound, result.Status);
            Assert.Equal(127, result.SuggestedExitCode);
            Assert.Contains(name, result.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_without_permission_and_a_folder_are_not_executable()
    {
        string file = Fixture.NewFile();
        File.WriteAllText(file, "text");
        foreach (string name in new[] { file, "/tmp" })
        {
            var result = TracedRun.Run(new RunOptions { Command = [name] });
            Assert.Equal(RunStatus.NotExecutable, result.Status);
            Assert.Equal(126, result.SuggestedExitCode);
        }
    }

    [Fact]
    public void A_script_without_an_interpreter_line_goes_to_the_shell()
    {
        string file = Fixture.NewFile();
        File.WriteAllText(file, "exit 9\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(9, TracedRun.Run(new RunOptions { Command = [file] }).SuggestedExitCode);
    }

    [Fact]
    public void Arguments_and_environment_arrive_byte_for_byte()
    {
        string output = Fixture.NewFile();
        var result = TracedRun.Run(new RunOptions
        {
            Command = ["ignored"],
            RawCommand = ["/bin/sh"u8.ToArray(), "-c"u8.ToArray(), [.. "printf '%s|%s|%s' \"$1\" \"$2\" \"$NAME\" > "u8, .. System.Text.Encoding.UTF8.GetBytes(output)], "sh"u8.ToArray(), [0xff, 0xfe], ""u8.ToArray()],
            Environment = new Dictionary<string, string> { ["NAME"] = "väl ue", ["PATH"] = "/bin:/usr/bin" },
        });
        Assert.Equal(RunStatus.Exited, result.Status);
        Assert.Equal([0xff, 0xfe, .. "||väl ue"u8], File.ReadAllBytes(output));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TracedRun.Run(new RunOptions { Command = [] }));
        Assert.Throws<ArgumentException>(() => TracedRun.Run(new RunOptions { Command = ["true"], StackGrowthSize = 0 }));
        Assert.Throws<ArgumentException>(() => TracedRun.Run(new RunOptions { Command = ["true"], GuardPages = -1 }));
        Assert.Throws<ArgumentException>(() => TracedRun.Run(new RunOptions { Command = ["true"], StackLimit = 0 }));
    }

    [Fact]
    public void Children_of_the_host_are_never_reaped()
    {
        using var child = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exit 5"]);
        Assert.Equal(0, Fixture.Run(["sh", "-c", "for i in 1 2 3 4 5; do /bin/true; done"]).Result.ExitStatus);
        child.WaitForExit();
        Assert.Equal(5, child.ExitCode);
    }
}
