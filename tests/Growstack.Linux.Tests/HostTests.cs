// What happens around the tracer: it is killed, signalled, or runs as an ordinary user.
using System.Diagnostics;
using System.Globalization;

namespace Growstack.Linux.Tests;

public class HostTests
{
    [Fact]
    public void A_killed_tracer_leaves_no_tracee_behind()
    {
        using var host = TestHost.Start(["sh", "-c", "sleep 1000 & sleep 1000 & echo $$ $!; wait"]);
        int[] pids = [.. host.StandardOutput.ReadLine()!.Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
        Assert.All(pids, pid => Assert.True(Directory.Exists($"/proc/{pid}")));
        host.Kill();
        host.WaitForExit();
        Assert.All(pids, pid => Assert.True(GoneSoon(pid), $"{pid} survived"));
    }

    [Theory]
    [InlineData("TERM", 128 + 15)]
    [InlineData("INT", 128 + 2)]
    [InlineData("HUP", 128 + 1)]
    public void A_signal_sent_to_the_tracer_reaches_the_program(string signal, int status)
    {
        if ((Ignored(File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn", StringComparison.Ordinal))) & (1UL << (status - 129))) != 0)
            Assert.Skip($"SIG{signal} is ignored here, as in a job in the background");
        using var host = TestHost.Start(["sh", "-c", "echo ready; exec sleep 60"]);
        Assert.Equal("ready", host.StandardOutput.ReadLine());
        Fixture.RunNatively(["/bin/sh", "-c", $"kill -{signal} {host.Id}"]);
        host.WaitForExit();
        Assert.Equal(status, host.ExitCode);
        Assert.Contains("Signaled", host.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_handles_the_signal_goes_on()
    {
        using var host = TestHost.Start(["bash", "-c", "trap 'echo handled; exit 3' TERM; echo ready; while :; do sleep 0.05; done"]);
        Assert.Equal("ready", host.StandardOutput.ReadLine());
        Fixture.RunNatively(["/bin/sh", "-c", $"kill -TERM {host.Id}"]);
        Assert.Equal("handled", host.StandardOutput.ReadLine());
        host.WaitForExit();
        Assert.Equal(3, host.ExitCode);
    }

    [Fact]
    public void An_ordinary_user_can_run_programs()
    {
        const string probe = "sh -c 'test -x \"$0\" && test -r \"$1\"'";
        string setpriv = Fixture.RequireTool("setpriv");
        string[] user = [setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        string self = Environment.ProcessPath!;
        if (Fixture.RunNatively([.. user, "sh", "-c", probe[7..^1], self, Path.ChangeExtension(self, ".dll")]).ExitCode != 0)
            Assert.Skip("only root can become another user, or that user cannot read the tests");
        using var host = TestHost.Start(["bash", "-c", "for i in 1 2 3; do /bin/true; done; exit 6"], user);
        string errors = host.StandardError.ReadToEnd();
        host.WaitForExit();
        Assert.True(host.ExitCode == 6, errors);
        Assert.Contains("unmanaged=0", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tracer_that_is_traced_says_so()
    {
        string strace = Fixture.RequireTool("strace");
        using var host = TestHost.Start(["/bin/true"], strace, "-f", "-o", "/dev/null", "-e", "trace=none");
        string errors = host.StandardError.ReadToEnd();
        host.WaitForExit();
        Assert.Equal(125, host.ExitCode);
        Assert.Contains("TracingForbidden", errors, StringComparison.Ordinal);
        Assert.Contains("being traced", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_ignores_signals_from_its_parent_still_does()
    {
        // Whatever else the surroundings ignore, as a job in the background ignores SIGINT; but SIGPIPE, which the runtime of these tests ignores.
        string[] look = ["sh", "-c", "grep SigIgn /proc/self/status"];
        string[] deaf = ["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""];
        using var native = Process.Start(new ProcessStartInfo(deaf[0], [.. deaf[1..], .. look]) { RedirectStandardOutput = true })!;
        string expected = native.StandardOutput.ReadToEnd();
        native.WaitForExit();
        using var host = TestHost.Start(look, deaf);
        string line = host.StandardOutput.ReadToEnd();
        host.WaitForExit();
        Assert.Equal(1UL, Ignored(expected) & 1);
        Assert.Equal(Ignored(expected), Ignored(line));
    }

    /// <summary>The signals of a line "SigIgn:", less SIGPIPE.</summary>
    private static ulong Ignored(string line) =>
        ulong.Parse(line.Split('\t')[1], NumberStyles.AllowHexSpecifier | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) & ~(1UL << 12);

    private static bool GoneSoon(int pid)
    {
        for (int i = 0; i < 500; i++)
        {
            string status = $"/proc/{pid}/stat";
            if (!File.Exists(status))
                return true;
            try
            {
                // Killed, but not yet reaped by whoever inherits it.
                if (File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal))
                    return true;
            }
            catch (IOException)
            {
                return true;
            }

            Thread.Sleep(20);
        }

        return false;
    }
}
