// A thread that stands still, as an observer may look at it.
using Growstack.Linux.Native;
using Growstack.Linux.Symbols;
using Growstack.Linux.Tracing;

namespace Growstack.Linux;

/// <summary>A thread that stands still while an observer is called; not to be used afterwards.</summary>
public sealed class StoppedThread
{
    private ProcessImage? _image;
    private Registers _registers;

    internal StoppedThread()
    {
    }

    /// <summary>Its name, as in /proc/PID/task/TID/comm.</summary>
    public string Name => _image is null ? "" : ProcessNames.OfThread(_image.Pid, Id);

    /// <summary>The thread id.</summary>
    public int Id { get; private set; }

    /// <summary>Reads the calls it is in.</summary>
    /// <param name="options">How much is wanted, and how long it may take.</param>
    /// <returns>The chain; null where call chains cannot be read, see <see cref="CallChainSupport"/>.</returns>
    public CallChain? ReadCalls(CallChainOptions options) => _image?.Chains?.Read(_registers, options);

    internal StoppedThread At(ProcessImage image, int tid, in Registers registers)
    {
        _image = image;
        Id = tid;
        _registers = registers;
        return this;
    }
}
