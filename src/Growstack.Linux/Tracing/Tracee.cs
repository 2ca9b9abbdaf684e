// One traced thread.
using Growstack.Linux.Native;
using Growstack.Maps;

namespace Growstack.Linux.Tracing;

/// <summary>What the tracer waits for at the exit of a system call it let run.</summary>
internal enum CallInFlight
{
    None,

    /// <summary>ptrace: the user is told when it is refused.</summary>
    Ptrace,

    /// <summary>A memory call whose answer the map needs.</summary>
    Memory,

    /// <summary>A clone whose argument is to be put back: the flag that would leave the child untraced was taken out.</summary>
    UntracedClone,
}

/// <summary>One traced thread. Touched by the tracer's thread only.</summary>
internal sealed class Tracee(int tid)
{
    /// <summary>The thread id.</summary>
    internal int Tid { get; set; } = tid;

    /// <summary>The process it belongs to; null until the event that tells who created it was seen.</summary>
    internal TracedProcess? Process { get; set; }

    /// <summary>Its first stop came before its creator's event: it is kept stopped until then.</summary>
    internal bool HeldAtStart { get; set; }

    /// <summary>The stack it was given and that is to be looked at when it first stops; its top is 0 when there is nothing to look at.</summary>
    internal GivenStack Given { get; set; }

    /// <summary>Whether it was to be a child that nobody traces, and has to get its registers back as they were.</summary>
    internal bool WasToBeUntraced { get; set; }

    /// <summary>What is awaited at the next system call exit.</summary>
    internal CallInFlight Awaited { get; set; }

    /// <summary>The registers at the entry of the call in flight.</summary>
    internal Registers AtEntry;

    /// <summary>Whether the mmap in flight was moved to where thread stacks lie.</summary>
    internal bool PlacedStack { get; set; }

    /// <summary>Whether the address chosen for a mapping turned out to be taken: the call that comes next goes where the kernel likes it.</summary>
    internal bool PlaceNoMore { get; set; }

    /// <summary>What the mremap in flight takes away.</summary>
    internal VmEntry? Moving { get; set; }

    /// <summary>The stack that the mprotect in flight gives its first access to.</summary>
    internal ManagedStack? NewStack { get; set; }

    /// <summary>What is kept of the thread for its process's report; null for a process's first thread.</summary>
    internal ThreadRecord? Record { get; set; }

    /// <summary>The trampoline slot this thread was last sent through, or -1.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>What it makes in the slot; good while <see cref="Slot"/> is not negative.</summary>
    internal SlotPassage Passage;

    /// <summary>The page of a stack's skirt at whose write it was stopped, and that is to be seen to at that stop; 0 for none.</summary>
    internal ulong TouchedAt { get; set; }

    /// <summary>The page of a skirt at which it was last heard to wait.</summary>
    internal ulong LastTouch { get; set; }

    /// <summary>Whether a touch of its is put back, and how often it has not been found waiting in a row.</summary>
    internal bool TouchPutBack { get; set; }

    internal int TouchReturns { get; set; }

    /// <summary>The address of its last stack fault that found the page mapped already, and how often that came in a row.</summary>
    internal ulong RepeatedAt { get; set; }

    internal int Repeats { get; set; }

    /// <summary>Whether it has passed its exit event: it runs no more user code.</summary>
    internal bool Exiting { get; set; }
}
