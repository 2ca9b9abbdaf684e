// What is said of mistyped words and of files that cannot be used: the cause, and the next step.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class MistakeTests
{
    [Theory]
    [InlineData(2, "there is no verb 'rnu'. Did you mean run?", "rnu", "--", "ls")]
    [InlineData(2, "there is no verb 'insp'. Did you mean inspect?", "insp", "1")]
    [InlineData(2, "there is no verb 'help'. Did you mean --help?", "help")]
    [InlineData(2, "growstack has no option --verison. Did you mean --version?", "--verison")]
    [InlineData(125, "run has no option --thred-stack. Did you mean --thread-stack?", "run", "--thred-stack=64k", "--", "ls")]
    [InlineData(125, "run has no option --frobnicate.\n", "run", "--frobnicate", "--", "ls")]
    [InlineData(2, "inspect has no option --wach. Did you mean --watch?", "inspect", "--wach", "1")]
    [InlineData(2, "report has no option --fromat. Did you mean --format?", "report", "x.jsonl", "--fromat")]
    [InlineData(2, "report takes one FILE: 'y.jsonl' is one word too many.", "report", "x.jsonl", "y.jsonl")]
    [InlineData(2, "--output: the file's name is empty.", "report", "x.jsonl", "-o", "")]
    [InlineData(2, "there is no trace to replay", "replay")]
    [InlineData(2, "for which shell?", "completion")]
    [InlineData(1, "no process is called ''", "inspect", "")]
    [InlineData(1, "there is no process 99999999999999", "inspect", "99999999999999")]
    [InlineData(1, "no process is called '-1'", "inspect", "--", "-1")]
    [InlineData(127, "The program's name is empty.", "run", "--", "")]
    [InlineData(126, "/etc: it is a directory", "run", "--", "/etc")]
    public async Task A_mistake_is_named(int status, string said, params string[] words)
    {
        var outcome = await new Launch(Command.Plain(words)).RunAsync();
        Assert.Contains($"growstack: {said}", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(status, outcome.Status);
        Assert.Equal("", outcome.Output);
    }

    [Fact]
    public async Task An_option_of_the_programs_that_growstack_has_too_is_the_programs()
    {
        var outcome = await new Launch(Command.Run(["-q", "--map"], ["echo", "--map", "--wach"])).RunAsync();
        Assert.Equal((0, "--map --wach\n"), (outcome.Status, outcome.Output));
    }

    [Theory]
    [InlineData("--json", "", "its name is empty")]
    [InlineData("--record", "", "its name is empty")]
    [InlineData("--json", "/etc", "it is a directory")]
    [InlineData("--record", "/etc", "it is a directory")]
    [InlineData("--json", "/no/such/file", "there is no directory /no/such")]
    [InlineData("--record", "/no/such/file", "there is no directory /no/such")]
    public async Task A_file_that_cannot_be_written_is_known_before_anything_starts(string option, string file, string reason)
    {
        var outcome = await new Launch(Command.Run([option, file], ["echo", "started"])).RunAsync();
        Assert.Equal(new Outcome(125, "", $"growstack: {option}: cannot write {file}: {reason}. Nothing was started.\n"), outcome);
    }

    [Theory]
    [InlineData("no/such/file", "there is no directory no/such")]
    [InlineData("no-such-file", "there is no such file")]
    [InlineData("/etc", "it is a directory")]
    public async Task A_file_that_cannot_be_read_is_named_with_the_reason(string file, string reason)
    {
        string directory = Fixtures.MakeDirectory("growstack-mistakes-");
        var report = await new Launch(Command.Plain("report", file)) { Directory = directory }.RunAsync();
        Assert.Equal(new Outcome(1, "", $"growstack: cannot read {file}: {reason}\n"), report);
        var replay = await new Launch(Command.Plain("replay", file)) { Directory = directory }.RunAsync();
        Assert.Equal(new Outcome(2, "", $"growstack: cannot read {file}: {reason}\n"), replay);
    }

    [Fact]
    public async Task A_full_disk_is_said_in_the_systems_word()
    {
        var json = await new Launch(Command.Run(["-q", "--json", "/dev/full"], ["true"])).RunAsync();
        Assert.Equal(new Outcome(125, "", "growstack: --json: cannot write /dev/full: No space left on device. The file is incomplete.\n"), json);
        var record = await new Launch(Command.Run(["-q", "--record", "/dev/full"], ["true"])).RunAsync();
        Assert.Equal(0, record.Status);
        Assert.Contains("No space left on device", record.Errors, StringComparison.Ordinal);
        var help = await new Launch("sh", "-c", string.Join(' ', Command.Plain("--help")) + " > /dev/full").RunAsync();
        Assert.Equal(new Outcome(125, "", "growstack: standard output: No space left on device\n"), help);
    }

    [Fact]
    public async Task Limits_that_growstack_itself_meets_are_said_in_the_systems_word()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("GROWSTACK_BIN")))
            Assert.Skip("the runtime of an unpublished command needs more files, and leaves SIGXFSZ as it is");
        string file = Path.Combine(Fixtures.MakeDirectory("growstack-limits-"), "out");
        string[] noFiles = [Machine.Need("prlimit"), "--fsize=0", "--"], fourFiles = ["prlimit", "--nofile=4", "--"];
        var json = await new Launch([.. noFiles, .. Command.Run(["-q", "--json", file], ["sh", "-c", "sed -n /SigCgt/p /proc/self/status"])]).RunAsync();
        Assert.Equal(new Outcome(125, "SigCgt:\t0000000000000000\n", $"growstack: --json: cannot write {file}: File too large. The file is incomplete.\n"), json);
        var record = await new Launch([.. noFiles, .. Command.Run(["-q", "--record", file], ["sh", "-c", "exit 5"])]).RunAsync();
        Assert.Equal(5, record.Status);
        Assert.Contains("File too large", record.Errors, StringComparison.Ordinal);
        var started = await new Launch([.. fourFiles, .. Command.Run(["-q"], ["true"])]).RunAsync();
        Assert.Equal(new Outcome(125, "", "growstack: true could not be started: Too many open files.\n"), started);
    }

    [Fact]
    public async Task A_program_runs_unmanaged_where_there_is_no_proc()
    {
        string[] alone = [Machine.Need("unshare"), "--mount"];
        if (!Machine.IsRoot || (await new Launch([.. alone, "true"]).RunAsync()).Status != 0)
            Assert.Skip("only root can take /proc away from a process");
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("GROWSTACK_BIN")))
            Assert.Skip("an unpublished command does not start without /proc");
        var outcome = await new Launch([.. alone, "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh", .. Command.Run([], ["sh", "-c", "echo out; exit 3"])]).RunAsync();
        Assert.Equal((3, "out\n"), (outcome.Status, outcome.Output));
        Assert.Contains("stacks not managed: /proc is not mounted", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_nobody_may_look_at_is_named_with_the_permission()
    {
        if (!Machine.IsRoot)
            Assert.Skip("only root can become another user");
        string[] nobody = [Machine.Need("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        var outcome = await new Launch([.. nobody, .. Command.Plain("inspect", $"{Environment.ProcessId}")]).RunAsync();
        if (outcome.Status == 126)
            Assert.Skip("another user may not execute the command here");
        Assert.Equal(1, outcome.Status);
        Assert.Contains("not readable: mappings", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("CAP_SYS_PTRACE", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "report", 5)]
    [InlineData("--json", "--jsno", 1)]
    [InlineData("same", "same", 0)]
    public void Distance_counts_exchanged_neighbours_once(string one, string other, int distance) => Assert.Equal(distance, Suggestion.Distance(one, other));
}
