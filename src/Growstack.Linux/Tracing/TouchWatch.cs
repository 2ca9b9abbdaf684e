// Which pages of an address space report the first write to them.
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>The userfaultfd of one address space. Used by the tracer's thread only; ends with the address space.</summary>
internal sealed class TouchWatch(TouchListener listener, AddressSpace space, int descriptor) : IDisposable
{
    internal AddressSpace Space { get; } = space;

    internal int Descriptor { get; } = descriptor;

    /// <summary>Takes a range of a stack in: its pages can be protected from now on.</summary>
    internal bool Include(ulong start, ulong end) => start >= end || UserFault.TryRegister(Descriptor, start, end);

    /// <summary>Has the next write to each page of a range reported.</summary>
    internal bool Protect(ulong start, ulong end) => start >= end || UserFault.TryProtect(Descriptor, start, end, protect: true);

    /// <summary>Lets writes to a range through, also those that wait there.</summary>
    internal bool Free(ulong start, ulong end) => start >= end || UserFault.TryProtect(Descriptor, start, end, protect: false);

    public void Dispose() => listener.Remove(this);
}
