// Finds the program file as execvp(3) would.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Launching;

/// <summary>Looks a program up in a PATH.</summary>
internal static unsafe class ProgramPath
{
    private const int ExecuteOk = 1;

    /// <summary>The search path where the environment has none, as execvp(3) of the C library has it.</summary>
    private const string DefaultPath = "/bin:/usr/bin";

    /// <summary>Finds the file to execute.</summary>
    /// <param name="program">The program's name as given; with a slash it is the path.</param>
    /// <param name="searchPath">The value of PATH in the program's environment, or null.</param>
    /// <param name="error">Without a result: ENOENT, or EACCES where a file was found that may not be executed.</param>
    /// <returns>The path, or null.</returns>
    internal static byte[]? Find(ReadOnlySpan<byte> program, string? searchPath, out int error)
    {
        error = Errno.ENOENT;
        if (program.IsEmpty)
            return null;
        if (program.Contains((byte)'/'))
            return program.ToArray();
        foreach (string folder in (searchPath ?? DefaultPath).Split(':'))
        {
            byte[] candidate = folder.Length == 0 ? [.. "./"u8, .. program] : [.. SystemText.Bytes(folder), (byte)'/', .. program];
            int answer = Execute(candidate);
            if (answer == 0 && !Directory.Exists(SystemText.Text(candidate)))
                return candidate;
            if (answer == Errno.EACCES)
                error = Errno.EACCES;
        }

        return null;
    }

    /// <summary>Whether a file may be executed: 0, or the error.</summary>
    private static int Execute(byte[] file)
    {
        byte[] terminated = [.. file, 0];
        fixed (byte* path = terminated)
            return Libc.Access(path, ExecuteOk) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
