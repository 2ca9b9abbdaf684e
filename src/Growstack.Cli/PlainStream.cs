// Standard output and error without what the console adds to them.
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Growstack.Cli;

/// <summary>
/// Writes to a descriptor with write(2) and nothing else: where the program's output goes to the same file, each continues behind the other. When
/// nobody reads any longer, what is written is dropped: that is no error of ours.
/// </summary>
internal sealed partial class PlainStream(int descriptor, bool mustArrive) : Stream
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;
    private const int RetryMilliseconds = 5;

    private bool _broken;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A writer to a descriptor, which hands on each write at once.</summary>
    /// <param name="descriptor">The open descriptor; it stays open.</param>
    /// <param name="mustArrive">
    /// Whether a write that fails is an <see cref="IOException"/>. Not so for standard error: there is nowhere to report it, and it must not change
    /// what the command exits with.
    /// </param>
    public static TextWriter Writer(int descriptor, bool mustArrive = true) =>
        new StreamWriter(new PlainStream(descriptor, mustArrive)) { AutoFlush = true };

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty && !_broken)
        {
            var written = WriteSome(descriptor, in MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
                buffer = buffer[(int)written..];
            else
                Retry(Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private void Retry(int error)
    {
        if (error is BrokenPipe || (!mustArrive && error is not (TryAgain or Interrupted)))
            _broken = true;
        else if (error is TryAgain)
            Thread.Sleep(RetryMilliseconds);
        else if (error is not Interrupted)
            throw new IOException(new Win32Exception(error).Message, error);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteSome(int descriptor, in byte buffer, nint count);
}
