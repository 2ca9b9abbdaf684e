// Puts a terminal in order when growstack is killed and cannot do it itself.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Growstack.Cli.Live;

/// <summary>
/// A shell that waits at the end of a pipe. Each line it reads says what would have to be put in order; when the pipe ends, because growstack did, it
/// does what the last line says. Signals of the terminal do not end it.
/// </summary>
internal sealed unsafe partial class TerminalGuard : IDisposable
{
    private const string Script = """
        trap '' HUP INT QUIT TERM TSTP TTOU
        exec >&2
        while read -r line; do last=$line; done
        set -- $last
        [ $# = 2 ] && stty rows "$1" <&2 && printf '\0337\033[r\033[%s;1H\033[J\0338' "$2"
        """;

    private const int CloseOnExec = 0x80000;
    private const int FileActionsBytes = 128;

    private readonly int _pid;
    private readonly int _pipe;

    private TerminalGuard(int pid, int pipe) => (_pid, _pipe) = (pid, pipe);

    /// <summary>Starts a guard of a terminal; null when no shell can be started, and the terminal stays unguarded.</summary>
    public static TerminalGuard? Start(TerminalDevice terminal)
    {
        int* ends = stackalloc int[2];
        if (MakePipe(ends, CloseOnExec) != 0)
            return null;
        byte* actions = stackalloc byte[FileActionsBytes];
        _ = InitActions(actions);
        _ = AddDuplicate(actions, terminal.Descriptor, 2);
        _ = AddDuplicate(actions, ends[0], 0);
        nint[] words = [.. new[] { "sh", "-c", Script }.Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint environment = *(nint*)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
        int error = Spawn(out int pid, "/bin/sh", actions, 0, words, environment);
        foreach (nint word in words)
            Marshal.FreeCoTaskMem(word);
        _ = FreeActions(actions);
        _ = Close(ends[0]);
        if (error == 0)
            return new TerminalGuard(pid, ends[1]);
        _ = Close(ends[1]);
        return null;
    }

    /// <summary>From now on the terminal has to be given so many rows, and cleared from one of them on.</summary>
    public void Keep(int rows, int clearFrom) => Say(string.Create(CultureInfo.InvariantCulture, $"{rows} {clearFrom}\n"));

    /// <summary>From now on there is nothing to put in order.</summary>
    public void Forget() => Say("\n");

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _ = Close(_pipe);
        _ = Wait(_pid, 0, 0);
    }

    private void Say(string line) => _ = WriteSome(_pipe, Encoding.ASCII.GetBytes(line), line.Length);

    [LibraryImport("libc", EntryPoint = "pipe2")]
    private static partial int MakePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int FreeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, byte* actions, nint attributes, nint[] words, nint environment);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteSome(int descriptor, byte[] buffer, nint count);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int pid, nint status, int options);
}
