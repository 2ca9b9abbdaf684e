// What an inspection says when it lacks a permission.
using System.Runtime.InteropServices;
using Growstack.Linux.Inspection;
using Growstack.Linux.Tests.Fixtures;

namespace Growstack.Linux.Tests.Inspection;

public sealed partial class PermissionTests
{
    [Fact]
    public void Another_users_process_shows_its_threads_and_what_is_missing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Fixture.FindTool("setpriv") is not null, "needs root and setpriv to start a program as another user");
        using var running = StartAsNobody();

        var answer = WithoutCapabilities(() => StackInspector.Inspect(running.Id));

        Assert.Equal("stacks", answer.Name);
        Assert.Equal(StackTruth.Parse(running.Lines).Keys.Order(), answer.Threads.Select(t => t.ThreadId).Order());
        Assert.All(answer.Threads, t => Assert.Equal(StackCertainty.Unknown, t.Certainty));
        Assert.NotNull(answer.StackLimit);
        var missing = Assert.Single(answer.Unreadable, u => u.Fact == StackFact.AddressMap);
        Assert.Equal(UnreadableCause.OtherUser, missing.Cause);
        Assert.Contains("CAP_SYS_PTRACE", missing.Explanation);
        Assert.Contains("65534", missing.Explanation);
    }

    [Fact]
    public void A_process_that_is_not_dumpable_is_said_to_be_protected()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to give up privileges it has");
        using var running = CProgram.Start(CProgram.Build("stacks.c", "-O1 -pthread"), "undumpable");

        var answer = WithoutCapabilities(() => StackInspector.Inspect(running.Id));

        Assert.Contains(answer.Unreadable, u => u is { Fact: StackFact.AddressMap, Cause: UnreadableCause.NotDumpable });
    }

    [Fact]
    public void Processes_of_the_same_user_need_no_capability()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Fixture.FindTool("setpriv") is not null, "needs root and setpriv to start a program as another user");
        using var running = StartAsNobody();

        // Once before as well: assemblies load while this user may still read them.
        var answer = OnOwnThread(() => StackInspector.Inspect(running.Id), () => SetUserIds(SetResUid, Nobody, Nobody, Nobody));

        var truth = StackTruth.Parse(running.Lines);
        Assert.All(answer.Threads, t => Assert.Equal(truth[t.ThreadId].Deepest & ~4095UL, t.DeepestPage));
    }

    private static RunningFixture StartAsNobody()
    {
        var program = CProgram.Build("stacks.c", "-O1 -pthread");
        File.SetUnixFileMode(Path.GetDirectoryName(program)!, (UnixFileMode)0b111_101_101);
        return CProgram.Start("setpriv", $"--reuid={Nobody}", "--clear-groups", program);
    }

    private static T WithoutCapabilities<T>(Func<T> inspect) => OnOwnThread(inspect, () =>
    {
        var header = new CapabilityHeader { Version = 0x2008_0522 };
        return SetCapabilities(CapSet, ref header, new byte[24]);
    });

    // The kernel's credentials belong to a thread: this one ends afterwards and takes the loss with it.
    private static T OnOwnThread<T>(Func<T> inspect, Func<long> dropPrivilege)
    {
        T? result = default;
        var dropped = -1L;
        var thread = new Thread(() =>
        {
            result = inspect();
            dropped = dropPrivilege();
            result = inspect();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, dropped);
        return result!;
    }

    private const int Nobody = 65534;
    private const long SetResUid = 117;
    private const long CapSet = 126;

    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityHeader
    {
        public int Version;
        public int ThreadId;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SetCapabilities(long number, ref CapabilityHeader header, byte[] none);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SetUserIds(long number, int real, int effective, int saved);
}
