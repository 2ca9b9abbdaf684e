// A new process image: execve(2), as far as the address space and its stack are concerned.
using Growstack.Maps;
using Growstack.Memory;

namespace Growstack.Processes;

public sealed partial class VmProcess
{
    /// <summary>
    /// execve(2): a fresh address space, empty but for the process stack, with the initial stack image at its upper end. The stack ends at
    /// <see cref="VmSpace.UserStack"/>, or where the map does; <see cref="VmSystem.MaxStackSize"/> is reserved for it, mapped by vm_map_stack(9), of which it may
    /// grow to the process's RLIMIT_STACK. What the program itself needs is mapped next, by the caller.
    /// </summary>
    /// <param name="image">What the program finds on its stack.</param>
    /// <param name="stackPointer">Where the process's stack pointer belongs.</param>
    /// <returns>
    /// <see cref="KernReturn.Success"/>; <see cref="KernReturn.NoSpace"/>, E2BIG: the image is larger than <see cref="VmSystem.ArgMax"/> or than the stack may grow;
    /// or as <see cref="MapStack"/>; or <see cref="KernReturn.ResourceShortage"/>, no page or swap is left. If it fails, the process keeps the address space that it has.
    /// </returns>
    /// <remarks>The space that the process had is not freed, as others may have it too, after vfork(2): whoever was the last to have it calls <see cref="VmSpace.Free"/>.</remarks>
    public KernReturn Exec(StackImage image, out ulong stackPointer)
    {
        ArgumentNullException.ThrowIfNull(image);
        stackPointer = 0;
        if (image.ArgumentBytes > System.ArgMax)
            return KernReturn.NoSpace;
        var old = Space;
        var (min, max) = (old.Map.Min, old.Map.Max);
        var top = Math.Min(old.UserStack, max);
        var size = Math.Min(System.MaxStackSize, VmPage.RoundDown(top - Math.Min(min, top)));
        var space = new VmSpace(System, min, max) { UserStack = top, StackFloor = top - size };
        // Until all is done, the process is another one; then this one takes its place.
        var next = new VmProcess(_state with { Space = space, HasText = true });
        var memory = new GuestMemory(next);
        var answer = next.MapStack(space.StackFloor, size, VmProt.ReadWrite, VmProt.All, VmMapFlags.StackGrowsDown);
        if (answer == KernReturn.Success)
        {
            if (space.Map.TryLookup(top - 1, out var mapped))
                space.StackPages = VmPage.Count(mapped.Size);
            answer = image.Write(memory, top, out stackPointer) switch
            {
                KernReturn.Success => KernReturn.Success,
                KernReturn.ResourceShortage => KernReturn.ResourceShortage,
                _ => KernReturn.NoSpace,
            };
        }
        if (answer != KernReturn.Success)
        {
            space.Free();
            return answer;
        }
        lock (_lock)
            _state = _state with { Space = space, HasText = true };
        return answer;
    }
}
