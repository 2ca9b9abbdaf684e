// Standard output and error without what the console adds to them.
using Microsoft.Win32.SafeHandles;

namespace Growstack.Cli;

/// <summary>Writes to a descriptor that is open already. When nobody reads any longer, what is written is dropped: that is no error of ours.</summary>
internal sealed class PlainStream(FileStream file) : Stream
{
    private const int BrokenPipe = 32;

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

    /// <summary>A writer to a descriptor, which hands on each write at once; one that drops everything if the descriptor is closed.</summary>
    public static TextWriter Writer(int descriptor)
    {
        try
        {
            var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return new StreamWriter(new PlainStream(file)) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return TextWriter.Null;
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_broken)
            return;
        try
        {
            file.Write(buffer);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            _broken = true;
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
}
