// Why a file could not be read or written, in a few words.
using System.ComponentModel;

namespace Growstack.Cli;

/// <summary>Says what is wrong with a file that someone named.</summary>
internal static class FileFailure
{
    private const int LargestErrno = 4095;
    private const int FileTooLarge = 27;

    /// <summary>Whether an exception is about the file, and no fault of growstack's.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>The reason, to stand behind "cannot read FILE: ".</summary>
    public static string Reason(Exception error, string file) => error switch
    {
        _ when file.Length == 0 => "its name is empty",
        _ when Directory.Exists(file) => "it is a directory",
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => $"there is no directory {Path.GetDirectoryName(file)}",
        UnauthorizedAccessException => "permission denied",
        // What .NET makes of a file that may not grow further.
        ArgumentOutOfRangeException => new Win32Exception(FileTooLarge).Message,
        // The system's own word, without the path that .NET adds.
        IOException { HResult: > 0 and < LargestErrno } => new Win32Exception(error.HResult).Message,
        _ => error.Message.TrimEnd('.'),
    };
}
