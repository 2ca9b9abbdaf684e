// A fixture under ptrace(2), standing still.
using System.Globalization;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tests.Fixtures;

/// <summary>
/// Starts a program, traces it from a thread of its own and lets a test look at it while it is stopped. The program is a grandchild: for
/// a child, .NET's own waiting would take stops away.
/// </summary>
internal static class StoppedProgram
{
    private const int SegmentationFault = 11;

    /// <summary>Runs a test against a program stopped where it said "ready".</summary>
    public static T Look<T>(string program, string[] arguments, Func<int, int, Registers, T> look) => Trace(program, arguments, waitForFault: false, look);

    /// <summary>Runs a test against a program stopped by the fault that follows "ready".</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="look">The test: process, thread and registers.</param>
    /// <param name="atReady">Called with the process before it goes on to its fault.</param>
    public static T LookAtFault<T>(string program, string[] arguments, Func<int, int, Registers, T> look, Action<int>? atReady = null) =>
        Trace(program, arguments, waitForFault: true, look, atReady);

    private static T Trace<T>(string program, string[] arguments, bool waitForFault, Func<int, int, Registers, T> look, Action<int>? atReady = null)
    {
        // A shell gives what it runs in the background no input, unless by another number.
        using var running = CProgram.Start("sh", ["-c", "exec 3<&0; \"$0\" \"$@\" <&3 & wait", program, .. arguments]);
        var pid = Number(running, "pid ");
        var tid = Number(running, "thread ");
        T? result = default;
        Exception? failure = null;
        var tracer = new Thread(() =>
        {
            try
            {
                if (!waitForFault)
                    WaitUntilPaused(pid, tid);
                Assert.Equal(0, Ptrace.Seize(tid));
                Assert.True(Ptrace.Interrupt(tid));
                Assert.Equal(tid, Ptrace.Wait(tid, out _));
                atReady?.Invoke(pid);
                if (waitForFault)
                {
                    Assert.True(Ptrace.Continue(tid));
                    running.Process.StandardInput.WriteLine();
                    running.Process.StandardInput.Flush();
                    Assert.Equal(tid, Ptrace.Wait(tid, out var status));
                    Assert.Equal(SegmentationFault, new WaitStatus(status).StopSignal);
                }

                Assert.True(Ptrace.GetRegisters(tid, out var registers));
                result = look(pid, tid, registers);
            }
            catch (Exception e)
            {
                failure = e;
            }
            finally
            {
                _ = Libc.Kill(pid, 9);
            }
        });
        tracer.Start();
        tracer.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result!;
    }

    // The fixtures say "ready" and then pause(2).
    private static void WaitUntilPaused(int pid, int tid)
    {
        const string Pause = "34 ";
        while (!File.ReadAllText($"/proc/{pid}/task/{tid}/syscall").StartsWith(Pause, StringComparison.Ordinal))
            Thread.Sleep(1);
    }

    private static int Number(RunningFixture running, string key) =>
        int.Parse(running.Lines.First(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..], CultureInfo.InvariantCulture);
}
