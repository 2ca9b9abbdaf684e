// Hears of writes to write-protected stack memory, and calls the tracer out of its wait for them.
using System.Collections.Concurrent;
using Growstack.Linux.Native;

namespace Growstack.Linux.Tracing;

/// <summary>A write that met a protected page. Its thread waits until the page is freed, or a stop takes it away from there.</summary>
/// <param name="Space">The address space it happened in.</param>
/// <param name="ThreadId">The thread, as its own namespace of processes numbers it.</param>
/// <param name="Address">The page.</param>
/// <param name="Returned">Whether it was put back before.</param>
internal readonly record struct Touch(AddressSpace Space, int ThreadId, ulong Address, bool Returned = false);

/// <summary>
/// wait4(2) cannot wait for descriptors too, so a thread of its own waits for these, and only passes on what it hears: the tracer's thread, which alone makes
/// ptrace requests, decides. Made, asked and disposed of on the tracer's thread.
/// </summary>
internal sealed unsafe class TouchListener : IDisposable
{
    private const int AddOperation = 1;
    private const uint Readable = 1;
    private const int EventsAtOnce = 16;
    private const int MessagesAtOnce = 64;

    /// <summary>How long, in milliseconds, a bell goes unanswered before it is rung again: it may have rung just before the tracer began to wait.</summary>
    private const int Patience = 1;

    // Guards _watches against the listening thread, and that no descriptor in it is closed while it is read.
    private readonly Lock _gate = new();
    private readonly Dictionary<int, TouchWatch> _watches = [];
    private readonly ConcurrentQueue<Touch> _touches = new();
    private readonly ConcurrentQueue<Touch> _putBack = new();
    private readonly Bell _bell = new();
    private readonly int _most = MostWatches();
    private readonly int _epoll;
    private readonly int _nudge;
    private NativeThread? _thread;

    // Written by the listening thread when it starts.
    private volatile int _threadId;

    // Written by the tracer's thread, read by the listening one: bells are for a tracer that waits.
    private volatile bool _tracerWaits;
    private volatile bool _ends;

    private TouchListener()
    {
        _epoll = (int)Libc.Syscall(SyscallNumber.EpollCreate1, OpenFlag.CloseOnExec);
        _nudge = Libc.EventFd(0, OpenFlag.CloseOnExec | OpenFlag.NonBlock);
        _ = Await(_nudge);
    }

    /// <summary>Opens a listener; null where the system lets nobody hear of the kernel's own writes, or nobody wait for that.</summary>
    internal static TouchListener? Open()
    {
        if (!UserFault.IsPermitted())
            return null;
        var listener = new TouchListener();
        if (listener._epoll >= 0 && listener._nudge >= 0)
            return listener;
        listener.Dispose();
        return null;
    }

    /// <summary>The listening thread; 0 while there is none. It starts where the tracer may run.</summary>
    internal int ThreadId => _threadId;

    /// <summary>Whether there may be one more watch: each takes a descriptor of this process, which needs others too.</summary>
    internal bool HasRoom => _watches.Count < _most;

    /// <summary>Listens for an address space from now on.</summary>
    /// <param name="space">The address space.</param>
    /// <param name="descriptor">Its userfaultfd, which the watch owns.</param>
    internal TouchWatch Add(AddressSpace space, int descriptor)
    {
        var watch = new TouchWatch(this, space, descriptor);
        lock (_gate)
            _watches.Add(descriptor, watch);
        _ = Await(descriptor);
        return watch;
    }

    /// <summary>Stops listening for an address space, and closes its descriptor.</summary>
    internal void Remove(TouchWatch watch)
    {
        lock (_gate)
        {
            if (_watches.Remove(watch.Descriptor))
                _ = Libc.Close(watch.Descriptor);
        }
    }

    /// <summary>The tracer is about to wait: from now on it is called when there is something to take.</summary>
    /// <param name="called">False where no thread can be made that could call it, as at the limit of processes: it has to come again.</param>
    /// <returns>False when there is already.</returns>
    internal bool BeginWait(out bool called)
    {
        // Started while the program runs, which else would wait for that.
        if (_thread is null && _watches.Count > 0)
            _thread = NativeThread.Start(Listen);
        called = _thread is not null || _watches.Count == 0;
        if (!called)
            _ = TryHear(Patience);

        _tracerWaits = true;
        return _touches.IsEmpty;
    }

    internal void EndWait() => _tracerWaits = false;

    internal bool TryTake(out Touch touch) => _touches.TryDequeue(out touch);

    private static int MostWatches()
    {
        ResourceLimit descriptors = default;
        return Libc.GetRlimit(ResourceLimit.Descriptors, &descriptors) == 0 ? (int)Math.Min(descriptors.Soft / 2, int.MaxValue) : 0;
    }

    /// <summary>Has a touch come again after a moment.</summary>
    internal void PutBack(in Touch touch)
    {
        _putBack.Enqueue(touch with { Returned = true });
        Nudge();
    }

    private void Nudge()
    {
        ulong one = 1;
        _ = Libc.Write(_nudge, &one, sizeof(ulong));
    }

    private bool Await(int descriptor)
    {
        // struct epoll_event is packed: the events, then eight bytes of the caller's own.
        byte* wanted = stackalloc byte[12];
        *(uint*)wanted = Readable;
        *(ulong*)(wanted + 4) = (ulong)descriptor;
        return Libc.Syscall(SyscallNumber.EpollCtl, _epoll, AddOperation, descriptor, (nint)wanted) == 0;
    }

    private void Listen()
    {
        _threadId = (int)Libc.Syscall(SyscallNumber.Gettid);
        while (TryHear(_touches.IsEmpty ? -1 : Patience))
        {
            if (_tracerWaits && !_touches.IsEmpty)
                _bell.Ring();
        }
    }

    /// <summary>Waits for what there is to hear, for so many milliseconds; false when it is to end.</summary>
    private bool TryHear(int patience)
    {
        byte* ready = stackalloc byte[12 * EventsAtOnce];
        long count = Libc.Syscall(SyscallNumber.EpollWait, _epoll, (nint)ready, EventsAtOnce, patience);
        for (long i = 0; i < count; i++)
        {
            int descriptor = (int)*(ulong*)(ready + (12 * i) + 4);
            if (descriptor != _nudge)
                Read(descriptor);
            else if (_ends)
                return false;
            else
                Return();
        }

        return true;
    }

    /// <summary>Lets a moment pass, and has what was put back taken again.</summary>
    private void Return()
    {
        ulong nudges = 0;
        _ = Libc.Read(_nudge, &nudges, sizeof(ulong));
        Thread.Sleep(Patience);
        while (_putBack.TryDequeue(out var touch))
            _touches.Enqueue(touch);
    }

    private void Read(int descriptor)
    {
        lock (_gate)
        {
            if (!_watches.TryGetValue(descriptor, out var watch))
                return;
            // A thread that does not wait may send messages without end.
            for (int left = MessagesAtOnce; left > 0 && UserFault.TryRead(descriptor, out var message); left--)
            {
                if (message.Event == UserFaultMessage.PageFault)
                    _touches.Enqueue(new Touch(watch.Space, message.ThreadId, message.Address));
            }
        }
    }

    public void Dispose()
    {
        _ends = true;
        Nudge();
        _thread?.Join();
        foreach (int descriptor in _watches.Keys)
            _ = Libc.Close(descriptor);
        _watches.Clear();
        _ = Libc.Close(_nudge);
        _ = Libc.Close(_epoll);
        _bell.Dispose();
    }
}
