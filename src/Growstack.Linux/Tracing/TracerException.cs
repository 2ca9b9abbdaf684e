// An error of the tracer itself.
namespace Growstack.Linux.Tracing;

/// <summary>Something the tracer cannot go on from; it ends the run as <see cref="RunStatus.Failed"/> with this message.</summary>
internal sealed class TracerException(string message) : Exception(message);
