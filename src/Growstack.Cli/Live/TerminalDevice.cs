// A terminal as a device: its size, its modes, and who has it.
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Growstack.Cli.Live;

/// <summary>An open terminal.</summary>
internal sealed unsafe partial class TerminalDevice : IDisposable
{
    private const int StandardError = 2;
    private const int WriteOnly = 1;
    private const int NoControllingTerminal = 0x100;
    private const int CloseOnExec = 0x80000;
    private const nuint GetSize = 0x5413;
    private const nuint SetSize = 0x5414;
    private const int TermiosBytes = 64;
    private const int LocalModes = 3;
    private const uint Canonical = 2;
    private const int Interrupted = 4;

    private readonly bool _owned;

    private TerminalDevice(int descriptor, bool owned) => (Descriptor, _owned) = (descriptor, owned);

    /// <summary>The open descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Its size in characters; no rows when it has hung up.</summary>
    public (int Rows, int Columns) Size
    {
        get
        {
            WindowSize size = default;
            return Control(Descriptor, GetSize, &size) == 0 ? (size.Rows, size.Columns) : default;
        }
    }

    /// <summary>The process group in its foreground; -1 when it is not the controlling terminal of this process.</summary>
    public int Foreground => ForegroundOf(Descriptor);

    /// <summary>The process group of this process.</summary>
    public static int OwnGroup => GroupOfThis();

    /// <summary>Whether whole lines are read from it, as programs do that do not have the whole screen to themselves.</summary>
    public bool IsCanonical
    {
        get
        {
            uint* modes = stackalloc uint[TermiosBytes / sizeof(uint)];
            return GetModes(Descriptor, modes) != 0 || (modes[LocalModes] & Canonical) != 0;
        }
    }

    /// <summary>Standard error; null when it is no terminal.</summary>
    public static TerminalDevice? OfStandardError() => IsTerminal(StandardError) == 1 ? new TerminalDevice(StandardError, owned: false) : null;

    /// <summary>Opens a terminal by its file.</summary>
    /// <param name="file">As tty(1) prints it.</param>
    /// <param name="problem">What is wrong with it, to stand behind its name.</param>
    public static TerminalDevice? Open(string file, out string problem)
    {
        int descriptor = OpenFile(file, WriteOnly | NoControllingTerminal | CloseOnExec);
        problem = descriptor < 0 ? new Win32Exception(Marshal.GetLastPInvokeError()).Message : "it is no terminal";
        if (descriptor < 0)
            return null;
        if (IsTerminal(descriptor) == 1)
            return new TerminalDevice(descriptor, owned: true);
        _ = Close(descriptor);
        return null;
    }

    /// <summary>Tells programs that the terminal has so many rows; those in the foreground get SIGWINCH.</summary>
    public void SetRows(int rows)
    {
        WindowSize size = default;
        if (Control(Descriptor, GetSize, &size) != 0)
            return;
        size.Rows = (ushort)rows;
        _ = Control(Descriptor, SetSize, &size);
    }

    /// <summary>Writes in one piece: what the program writes comes before or after, not in between.</summary>
    public void Write(string text)
    {
        Span<byte> bytes = System.Text.Encoding.UTF8.GetBytes(text);
        while (!bytes.IsEmpty)
        {
            nint written = WriteSome(Descriptor, in MemoryMarshal.GetReference(bytes), bytes.Length);
            if (written < 0 && Marshal.GetLastPInvokeError() != Interrupted)
                return;
            bytes = bytes[(int)Math.Max(0, written)..];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_owned)
            _ = Close(Descriptor);
    }

    /// <summary>struct winsize.</summary>
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, WindowSize* size);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetModes(int descriptor, uint* modes);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int ForegroundOf(int descriptor);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GroupOfThis();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteSome(int descriptor, in byte buffer, nint count);
}
