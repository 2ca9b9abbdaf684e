// The processes of the program "survivor", which lists their ids in a file.
using System.Diagnostics;
using System.Globalization;

namespace Growstack.Cli.Tests.Harness;

/// <summary>Watches and ends the processes that a test program listed in a file. Only processes that still run that program count.</summary>
internal static class Survivors
{
    /// <summary>Waits until that many processes are listed.</summary>
    public static async Task<int[]> AwaitAsync(string list, int count)
    {
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromMinutes(1);)
        {
            int[] pids = Pids(list);
            if (pids.Length >= count)
                return pids;
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"the program never started its {count} processes");
        return [];
    }

    /// <summary>Waits until none of the listed processes lives; fails, and ends them, when some stay.</summary>
    public static async Task NobodyIsLeftAsync(string program, string list)
    {
        for (var patience = Stopwatch.StartNew(); Pids(list).Any(pid => Lives(pid, program)); await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            if (patience.Elapsed < TimeSpan.FromSeconds(20))
                continue;
            int[] left = [.. Pids(list).Where(pid => Lives(pid, program))];
            Kill(program, list);
            Assert.Fail($"left behind: {string.Join(' ', left)}");
        }
    }

    /// <summary>Kills those of the listed processes that live.</summary>
    public static void Kill(string program, string list)
    {
        foreach (int pid in Pids(list).Where(pid => Lives(pid, program)))
        {
            try
            {
                using var process = Process.GetProcessById(pid);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It ended by itself.
            }
        }
    }

    /// <summary>Whether the process lives and runs this program; a zombie does not.</summary>
    public static bool Lives(int pid, string program)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName == program;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int[] Pids(string list) =>
        File.Exists(list) ? [.. File.ReadAllLines(list).Where(line => line.Length > 0).Select(line => int.Parse(line, CultureInfo.InvariantCulture))] : [];
}
