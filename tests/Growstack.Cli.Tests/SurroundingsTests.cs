// What a program finds around itself: descriptors, signals, limits, directories, its own files under /proc.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class SurroundingsTests
{
    private static readonly Dictionary<string, string> ShellScripts = new()
    {
        ["open descriptors"] = "ls /proc/self/fd | wc -l; ls -l /proc/self/fd | grep -c socket; exit 0",
        ["signals blocked, ignored and caught"] = "grep -E '^(SigBlk|SigIgn|SigCgt|SigPnd|ShdPnd)' /proc/self/status",
        ["limits"] = "cat /proc/self/limits",
        ["privileges"] = "grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb)' /proc/self/status",
        ["directory, mask and niceness"] = "pwd; umask; nice; cat /proc/self/oom_score_adj",
        ["processors"] = "grep -E '^(Cpus_allowed|Mems_allowed)' /proc/self/status; nproc",
        ["name and command line"] = "cat /proc/self/comm; tr '\\0' ' ' < /proc/self/cmdline; readlink /proc/self/exe",
        ["process group and session"] = "ps -o pgid=,sid= -p $$ | wc -w; exec 3</dev/null; kill -0 $$ && echo alive",
        ["environment"] = "env | grep -v ^_= | sort",
        ["streams closed"] = "exec 0<&- 1<&-; exec 2<&-; exit 11",
        ["a broken pipe"] = "yes | head -1; echo ${PIPESTATUS[*]}",
        ["address randomization off"] = "setarch -R /bin/sh -c 'exec cat /proc/self/personality'",
        ["a smaller stack by ulimit"] = "ulimit -s 512; exec /bin/sh -c 'ulimit -s; exit 3'",
        ["files of its own memory"] = "head -c 4 /proc/self/exe | od -c | head -1; grep -c '\\[stack\\]' /proc/self/maps; grep -c '\\[vdso\\]' /proc/self/maps",
        ["timeouts"] = "exec 2>&-; timeout 0.2 sleep 20; echo $?; timeout -s KILL 0.2 sleep 20; echo $?",
        ["background jobs"] = "exec 2>&-; sleep 0.1 & wait $!; echo $?; (kill -9 $BASHPID) & wait $!; echo $?",
        ["a coprocess"] = "coproc cat; echo through >&${COPROC[1]}; read -u ${COPROC[0]} line; echo $line; kill $COPROC_PID",
    };

    public static TheoryData<string> Scripts => [.. ShellScripts.Keys];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Are_as_natively(string surroundings)
    {
        var proof = await Proof.SameAsync(new Launch(Machine.Need("bash"), "-c", ShellScripts[surroundings]) { Directory = "/usr" });
        Assert.NotEmpty(proof.Native.Output + (surroundings == "streams closed" ? "-" : ""));
        Assert.NotEmpty(proof.Summary.Mains);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("QUIT")]
    [InlineData("USR1")]
    [InlineData("PIPE")]
    public async Task A_signal_that_is_ignored_from_the_start_stays_ignored(string signal)
    {
        if (signal == "PIPE" && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("GROWSTACK_BIN")))
            Assert.Skip("only the published command sees what it was started with: the runtime ignores SIGPIPE before any managed code runs");
        string[] ignoring = ["env", "--default-signal", $"--ignore-signal={signal}"];
        string[] program = ["grep", "SigIgn", "/proc/self/status"];
        var native = await new Launch([.. ignoring, .. program]).RunAsync();
        var under = await new Launch([.. ignoring, .. Command.Run(["--quiet"], program)]).RunAsync();
        Assert.DoesNotContain("0000000000000000", native.Output, StringComparison.Ordinal);
        Assert.Equal(native, under);
    }

    [Fact]
    public async Task Arguments_that_are_not_text_arrive_byte_for_byte()
    {
        // The shell makes bytes that .NET's strings cannot hold.
        string[] under = Command.Run(["--quiet"], ["printf", "%s"]);
        var outcome = await new Launch(["sh", "-c", "\"$@\" \"$(printf 'a\\377\\200b')\" | od -An -tx1", "sh", .. under]).RunAsync();
        Assert.Equal(" 61 ff 80 62\n", outcome.Output);
    }

    [Fact]
    public async Task The_environment_arrives_byte_for_byte()
    {
        string[] under = Command.Run(["--quiet"], ["printenv", "ODD"]);
        var outcome = await new Launch(["sh", "-c", "ODD=$(printf 'a\\377\\200b') \"$@\" | od -An -tx1", "sh", .. under]).RunAsync();
        Assert.Equal(" 61 ff 80 62 0a\n", outcome.Output);
    }
}
