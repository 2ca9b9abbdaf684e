// Starts a child as cheaply as the system allows and waits for it, so that what is measured is the child.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Growstack.RunBench;

/// <summary>Runs programs by posix_spawn(3), standard output and error to files, input from nowhere.</summary>
internal static unsafe partial class Child
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>Milliseconds from spawn to reaping, and the wait status' exit code (128+n for a signal).</returns>
    public static (double Milliseconds, int Status) Run(IReadOnlyList<string> command, string output)
    {
        var words = stackalloc byte*[command.Count + 1];
        for (int i = 0; i < command.Count; i++)
            words[i] = (byte*)Marshal.StringToCoTaskMemUTF8(command[i]);
        words[command.Count] = null;
        // The library's own size is 80 bytes.
        byte* actions = stackalloc byte[256];
        Check(FileActionsInit(actions));
        Check(FileActionsOpen(actions, 0, "/dev/null", 0, 0));
        Check(FileActionsOpen(actions, 1, output, 0x241, 0x1a4));
        Check(FileActionsOpen(actions, 2, "/dev/null", 1, 0));
        long start = Stopwatch.GetTimestamp();
        Check(Spawn(out int pid, words[0], actions, null, words, Environment()));
        int status;
        while (WaitPid(pid, out status, 0) != pid)
        {
        }

        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        _ = FileActionsDestroy(actions);
        for (int i = 0; i < command.Count; i++)
            Marshal.FreeCoTaskMem((nint)words[i]);
        return (milliseconds, (status & 127) == 0 ? (status >> 8) & 255 : 128 + (status & 127));
    }

    private static byte** Environment() => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"posix_spawn: error {error}");
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int Spawn(out int pid, byte* file, byte* actions, byte* attributes, byte** words, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileActionsOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, out int status, int options);
}
