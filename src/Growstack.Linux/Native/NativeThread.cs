// A thread that nobody waits for until it ends.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Native;

/// <summary>
/// A thread made by pthread_create(3). <see cref="Thread.Start()"/> returns only when the new thread runs, for which an idle processor has to be woken:
/// milliseconds that a tracer's program would stand still.
/// </summary>
internal sealed unsafe class NativeThread
{
    // glibc before 2.34 has them in a library of its own, which is loaded with the runtime in any case.
    private static readonly delegate* unmanaged<nuint*, void*, delegate* unmanaged<nint, nint>, nint, int> Create =
        (delegate* unmanaged<nuint*, void*, delegate* unmanaged<nint, nint>, nint, int>)Export("pthread_create");

    private static readonly delegate* unmanaged<nuint, nint*, int> JoinThread = (delegate* unmanaged<nuint, nint*, int>)Export("pthread_join");

    private readonly nuint _thread;

    private NativeThread(nuint thread) => _thread = thread;

    /// <summary>Starts a thread; null when the system makes none.</summary>
    /// <param name="work">What it does. An exception ends the process.</param>
    internal static NativeThread? Start(Action work)
    {
        var handle = GCHandle.Alloc(work);
        nuint thread;
        if (Create(&thread, null, &Run, GCHandle.ToIntPtr(handle)) == 0)
            return new NativeThread(thread);
        handle.Free();
        return null;
    }

    /// <summary>Waits for its end; once only.</summary>
    internal void Join() => _ = JoinThread(_thread, null);

    [UnmanagedCallersOnly]
    private static nint Run(nint handle)
    {
        var held = GCHandle.FromIntPtr(handle);
        var work = (Action)held.Target!;
        held.Free();
        work();
        return 0;
    }

    private static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), name);
}
