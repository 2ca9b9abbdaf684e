// How far the reading of a large recording has come, on a terminal only.
using System.Diagnostics;
using System.Globalization;

namespace Growstack.Cli;

/// <summary>Shows a line on standard error once reading takes noticeably long, and takes it away afterwards.</summary>
/// <param name="name">What is being read.</param>
/// <param name="length">Its length in bytes; 0 if that is not known.</param>
internal sealed class ReportProgress(string name, long length) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500), Pause = TimeSpan.FromMilliseconds(100);

    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _shown;

    /// <summary>Called as reading goes on.</summary>
    /// <param name="bytes">Bytes read so far.</param>
    public void Read(long bytes)
    {
        var elapsed = Stopwatch.GetElapsedTime(_began);
        if (Console.IsErrorRedirected || elapsed < Patience || elapsed - _shown < Pause)
            return;

        _shown = elapsed;
        var state = length > 0 ? (bytes / (double)length).ToString("0 %", CultureInfo.InvariantCulture) : ByteSize.Format((ulong)bytes);
        Console.Error.Write($"\r\e[Kreading {name}: {state}");
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown > TimeSpan.Zero)
            Console.Error.Write("\r\e[K");
    }
}
