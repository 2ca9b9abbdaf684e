// Why a recording could not go on.
namespace Growstack.Recording;

/// <summary>A recording that had to be given up while the program went on.</summary>
/// <param name="Path">The recording.</param>
/// <param name="Written">Bytes of whole lines that were written before.</param>
/// <param name="Reason">In words: the disk is full, the pipe is closed.</param>
public sealed record RecordingFailure(string Path, long Written, string Reason)
{
    /// <summary>A sentence for the user.</summary>
    public override string ToString() => $"{Path}: recording stopped after {Written} bytes: {Reason}";
}
