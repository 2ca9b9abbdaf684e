// Reading /proc while processes come and go: every failure is an answer, not an exception.
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Growstack.Linux.Inspection;

/// <summary>Why a file of /proc could not be read.</summary>
internal enum ProcError
{
    None,
    Denied,
    Gone,
    Unsupported,
}

/// <summary>The proc(5) file system, or a directory laid out like it.</summary>
/// <param name="root">Where it is mounted.</param>
internal sealed class ProcFs(string root = ProcFs.MountPoint)
{
    public const string MountPoint = "/proc";

    private const int NoSuchProcess = 3;

    /// <summary>Whether it speaks of processes that exist, so that system calls about them make sense.</summary>
    public bool IsLive => root == MountPoint;

    /// <summary>The path of a file that belongs to a process.</summary>
    public string PathOf(int pid, string file) => string.Create(null, $"{root}/{pid}/{file}");

    /// <summary>The path of a file that belongs to a thread.</summary>
    public string PathOf(int pid, int tid, string file) => string.Create(null, $"{root}/{pid}/task/{tid}/{file}");

    /// <summary>The path of a file of the system.</summary>
    public string PathOf(string file) => $"{root}/{file}";

    /// <summary>Reads a whole file as text; bytes that are no UTF-8 become replacement characters.</summary>
    public static ProcError ReadText(string path, out string text)
    {
        var read = "";
        var error = Guarded(() => read = Encoding.UTF8.GetString(File.ReadAllBytes(path)));
        text = read;
        return error;
    }

    /// <summary>Opens a file for reading at any offset.</summary>
    /// <returns>The handle, or null with the reason in <paramref name="error"/>.</returns>
    public static SafeFileHandle? Open(string path, out ProcError error)
    {
        SafeFileHandle? handle = null;
        error = Guarded(() => handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete));
        return handle;
    }

    /// <summary>Reads at an offset; fewer bytes than asked for when the process ended or memory is not there.</summary>
    public static int ReadAt(SafeFileHandle handle, Span<byte> buffer, ulong offset, out ProcError error)
    {
        error = ProcError.None;
        if (offset > long.MaxValue)
            return 0;
        try
        {
            return RandomAccess.Read(handle, buffer, (long)offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = Classify(e);
            return 0;
        }
    }

    /// <summary>Where a symbolic link points.</summary>
    public static ProcError ReadLink(string path, out string target)
    {
        var read = "";
        var error = Guarded(() => read = new FileInfo(path).LinkTarget ?? "");
        target = read;
        return error;
    }

    /// <summary>The numbers that name subdirectories: processes, or a process's threads, in ascending order.</summary>
    public static ProcError ListIds(string path, out List<int> ids)
    {
        var found = new List<int>();
        var error = Guarded(() =>
        {
            foreach (var directory in Directory.EnumerateDirectories(path))
            {
                if (int.TryParse(Path.GetFileName(directory.AsSpan()), out var id))
                    found.Add(id);
            }
        });
        found.Sort();
        ids = found;
        return error;
    }

    /// <summary>The processes there are.</summary>
    public ProcError ListProcesses(out List<int> ids) => ListIds(root, out ids);

    private static ProcError Guarded(Action read)
    {
        try
        {
            read();
            return ProcError.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Classify(e);
        }
    }

    private static ProcError Classify(Exception e) => e switch
    {
        UnauthorizedAccessException => ProcError.Denied,
        FileNotFoundException or DirectoryNotFoundException => ProcError.Gone,
        // Reading a file of a thread that ended after the open answers ESRCH.
        { HResult: NoSuchProcess } => ProcError.Gone,
        _ => ProcError.Unsupported,
    };
}
